package tegata.interop;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.Map;
import org.eclipse.edc.connector.dataplane.spi.Endpoint;
import org.eclipse.edc.connector.dataplane.spi.iam.DataPlaneAuthorizationService;
import org.eclipse.edc.connector.dataplane.spi.iam.PublicEndpointGeneratorService;
import org.eclipse.edc.edr.spi.store.EndpointDataReferenceStore;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.spi.EdcException;
import org.eclipse.edc.spi.security.Vault;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;
import org.eclipse.edc.web.spi.WebService;
import org.eclipse.edc.web.spi.configuration.PortMapping;
import org.eclipse.edc.web.spi.configuration.PortMappingRegistry;

/**
 * What the published connector lacks for a pull over HTTP: keys in its vault, an address at which its data plane hands data out,
 * and a way to see the references to data that it received.
 */
public class EdcGlue implements ServiceExtension {

    private static final String CONTEXT = "glue";
    private static final String BASE_URL = "https://w3id.org/edc/v0.0.1/ns/baseUrl";

    @Inject
    private Vault vault;
    @Inject
    private DataPlaneAuthorizationService authorization;
    @Inject
    private PublicEndpointGeneratorService endpoints;
    @Inject
    private EndpointDataReferenceStore references;
    @Inject
    private PortMappingRegistry ports;
    @Inject
    private WebService web;

    @Override
    public void initialize(ServiceExtensionContext context) {
        var port = context.getConfig().getInteger("tegata.glue.port");
        ports.register(new PortMapping(CONTEXT, port, "/glue"));
        endpoints.addGeneratorFunction("HttpData", source -> Endpoint.url("http://127.0.0.1:" + port + "/glue/data"));
        web.registerResource(CONTEXT, new Data(authorization));
        web.registerResource(CONTEXT, new References(references));
        seedKeys();
    }

    private void seedKeys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            var pair = generator.generateKeyPair();
            vault.storeSecret("private", pem("PRIVATE KEY", pair.getPrivate()));
            vault.storeSecret("public", pem("PUBLIC KEY", pair.getPublic()));
        } catch (GeneralSecurityException e) {
            throw new EdcException(e);
        }
    }

    private static String pem(String kind, Key key) {
        var body = Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(key.getEncoded());
        return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
    }

    /** Hands out what lies behind a token: the bytes at the source's base URL. */
    @Path("/data")
    public static class Data {

        private final DataPlaneAuthorizationService authorization;
        private final HttpClient client = HttpClient.newHttpClient();

        Data(DataPlaneAuthorizationService authorization) {
            this.authorization = authorization;
        }

        @GET
        @Produces(MediaType.WILDCARD)
        public Response get(@HeaderParam("Authorization") String token) throws IOException, InterruptedException {
            var bare = token == null ? "" : token.replaceFirst("(?i)^Bearer ", "");
            var source = authorization.authorize(bare, Map.of());
            if (source.failed()) {
                return Response.status(Response.Status.FORBIDDEN).build();
            }
            var request = HttpRequest.newBuilder(URI.create(source.getContent().getStringProperty(BASE_URL))).build();
            return Response.ok(client.send(request, BodyHandlers.ofInputStream()).body()).build();
        }
    }

    /** Where the data of a transfer can be had, as its provider told. */
    @Path("/references")
    public static class References {

        private final EndpointDataReferenceStore references;

        References(EndpointDataReferenceStore references) {
            this.references = references;
        }

        @GET
        @Path("/{transfer}")
        @Produces(MediaType.APPLICATION_JSON)
        public Response get(@PathParam("transfer") String transfer) {
            var found = references.resolveByTransferProcess(transfer);
            return found.failed() ? Response.status(Response.Status.NOT_FOUND).build() : Response.ok(found.getContent().getProperties()).build();
        }
    }
}
