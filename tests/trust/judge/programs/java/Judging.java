import java.io.FileReader;
import java.security.cert.CertPathBuilder;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.util.Arrays;
import java.util.Date;
import java.util.HashSet;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStoreBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.tsp.ers.ERSByteData;
import org.bouncycastle.tsp.ers.ERSEvidenceRecord;
import org.bouncycastle.util.Selector;
import org.bouncycastle.util.Store;

/** What Bouncy Castle says of signatures, time-stamps and evidence records. What does not hold throws. */
final class Judging {
    static void signature(byte[] data, byte[] content, String trusted, Date at) throws Exception {
        var signed = content == null ? new CMSSignedData(data) : new CMSSignedData(new CMSProcessableByteArray(content), data);
        BouncyCastle.require(signed.getSignerInfos().size() > 0, "nobody signed");
        for (SignerInformation signer : signed.getSignerInfos()) {
            var certificate = signer(signed.getCertificates(), signer.getSID());
            BouncyCastle.require(signer.verify(verifier(certificate)), "the signature does not hold");
            path(certificate, signed.getCertificates(), signed.getCRLs(), trusted, at);
        }
    }

    static void token(byte[] data, byte[] content, String trusted) throws Exception {
        var token = new TimeStampToken(new CMSSignedData(data));
        var certificate = signer(token.getCertificates(), token.getSID());
        token.validate(verifier(certificate));
        var info = token.getTimeStampInfo();
        var digest = Making.DIGESTS.get(info.getHashAlgorithm());
        digest.getOutputStream().write(content);
        BouncyCastle.require(Arrays.equals(digest.getDigest(), info.getMessageImprintDigest()), "it is of other content");
        path(certificate, token.getCertificates(), null, trusted, info.getGenTime());
    }

    static void record(byte[] data, byte[] object) throws Exception {
        var record = new ERSEvidenceRecord(data, Making.DIGESTS);
        record.validatePresent(new ERSByteData(object), new Date());
        record.validate(verifier(record.getSigningCertificate()));
    }

    private static X509CertificateHolder signer(Store<X509CertificateHolder> held, Selector<X509CertificateHolder> which) {
        var found = held.getMatches(which).stream().findFirst();
        return found.orElseThrow(() -> new SecurityException("its certificate is not there"));
    }

    private static SignerInformationVerifier verifier(X509CertificateHolder certificate) throws Exception {
        return new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate);
    }

    /** RFC 5280 section 6. Revocation is asked where there is a place for lists (`lists` not null). */
    private static void path(X509CertificateHolder leaf, Store<X509CertificateHolder> beside, Store<X509CRLHolder> lists, String trusted, Date at)
            throws Exception {
        var anchors = new HashSet<TrustAnchor>();
        var stores = new JcaCertStoreBuilder().setProvider("BC").addCertificates(beside).addCertificate(leaf);
        if (lists != null) {
            stores.addCRLs(lists);
        }
        var converter = new JcaX509CertificateConverter().setProvider("BC");
        try (var pem = new PEMParser(new FileReader(trusted))) {
            for (Object one = pem.readObject(); one != null; one = pem.readObject()) {
                if (one instanceof X509CRLHolder list) {
                    stores.addCRL(list);
                } else {
                    anchors.add(new TrustAnchor(converter.getCertificate((X509CertificateHolder) one), null));
                }
            }
        }
        var target = new X509CertSelector();
        target.setCertificate(converter.getCertificate(leaf));
        var parameters = new PKIXBuilderParameters(anchors, target);
        parameters.addCertStore(stores.build());
        parameters.setDate(at);
        parameters.setRevocationEnabled(lists != null);
        CertPathBuilder.getInstance("PKIX", "BC").build(parameters);
    }
}
