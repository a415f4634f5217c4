import java.io.*;
import java.nio.file.*;
import java.security.MessageDigest;
import java.util.*;
import org.bouncycastle.asn1.*;
import org.bouncycastle.asn1.tsp.*;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.bouncycastle.tsp.ers.*;

/** Bouncy Castle's verdict on an evidence record: `valid` or why not. Arguments: record, object. */
public class Records {
    public static void main(String[] args) throws Exception {
        for (int i = 0; i + 1 < args.length; i += 2) {
            System.out.println(judge(Files.readAllBytes(Path.of(args[i])), Files.readAllBytes(Path.of(args[i + 1]))));
        }
    }

    static String judge(byte[] data, byte[] object) {
        try {
            ERSEvidenceRecord record = new ERSEvidenceRecord(data, new BcDigestCalculatorProvider());
            record.validatePresent(new ERSByteData(object), new Date());
            X509CertificateHolder signer = record.getSigningCertificate();
            record.validate(new JcaSimpleSignerInfoVerifierBuilder().build(signer));
            return "valid";
        } catch (Exception e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }
}
