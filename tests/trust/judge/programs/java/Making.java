import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInfoGenerator;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;
import org.bouncycastle.tsp.ers.ERSArchiveTimeStampGenerator;
import org.bouncycastle.tsp.ers.ERSByteData;
import org.bouncycastle.tsp.ers.ERSEvidenceRecord;
import org.bouncycastle.tsp.ers.ERSEvidenceRecordGenerator;
import org.bouncycastle.util.CollectionStore;
import org.bouncycastle.util.Store;

/** What Bouncy Castle makes: signatures and evidence records. */
final class Making {
    static final DigestCalculatorProvider DIGESTS = digests();
    static final Map<String, String> NAMES =
            Map.of("SHA-1", "1.3.14.3.2.26", "SHA-256", "2.16.840.1.101.3.4.2.1", "SHA-512", "2.16.840.1.101.3.4.2.3");

    static byte[] signature(Signer own, byte[] content, List<String> how) throws Exception {
        var generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(own.generator(how.contains("direct"), !how.contains("bare")));
        generator.addCertificates(own.certificates);
        return generator.generate(new CMSProcessableByteArray(content), how.contains("inside")).getEncoded();
    }

    /** A record of the content task[6] among others that follow: as `begun`, then `prolonged`, then `anew` with SHA-512. */
    static void records(Clock clock, String[] task) throws Exception {
        var content = new ERSByteData(BouncyCastle.read(task[6]));
        var tree = new ERSArchiveTimeStampGenerator(digest("SHA-256"));
        for (int place = 6; place < task.length; place++) {
            tree.addData(new ERSByteData(BouncyCastle.read(task[place])));
        }
        var stamps = tree.generateArchiveTimeStamps(clock.answer(tree.generateTimeStampRequest(clock.asking())));
        for (ERSEvidenceRecord begun : new ERSEvidenceRecordGenerator(DIGESTS).generate(stamps)) {
            if (begun.isContaining(content, new Date())) {
                var asked = begun.generateTimeStampRenewalRequest(clock.asking());
                var longer = begun.renewTimeStamp(clock.answer(asked));
                var again = longer.generateHashRenewalRequest(digest("SHA-512"), content, clock.asking());
                var anew = longer.renewHash(digest("SHA-512"), content, clock.answer(again));
                BouncyCastle.write(task[5] + "begun", begun.getEncoded());
                BouncyCastle.write(task[5] + "prolonged", longer.getEncoded());
                BouncyCastle.write(task[5] + "anew", anew.getEncoded());
            }
        }
    }

    static DigestCalculator digest(String name) throws OperatorCreationException {
        return DIGESTS.get(new AlgorithmIdentifier(new ASN1ObjectIdentifier(NAMES.get(name))));
    }

    private static DigestCalculatorProvider digests() {
        try {
            return new JcaDigestCalculatorProviderBuilder().build();
        } catch (OperatorCreationException error) {
            throw new IllegalStateException(error);
        }
    }
}

/** A key with its certificate and the one above: words 1 to 3 of a task; word 4 names the algorithm. */
final class Signer {
    final PrivateKey key;
    final X509CertificateHolder certificate;
    final Store<X509CertificateHolder> certificates;
    final String algorithm;

    Signer(String[] task) throws Exception {
        algorithm = task[4];
        certificate = new X509CertificateHolder(BouncyCastle.read(task[2]));
        certificates = new CollectionStore<>(List.of(certificate, new X509CertificateHolder(BouncyCastle.read(task[3]))));
        var kind = certificate.getSubjectPublicKeyInfo().getAlgorithm().getAlgorithm();
        key = KeyFactory.getInstance(kind.getId(), "BC").generatePrivate(new PKCS8EncodedKeySpec(BouncyCastle.read(task[1])));
    }

    SignerInfoGenerator generator(boolean direct, boolean reference) throws Exception {
        var builder = new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC").setDirectSignature(direct);
        if (reference) {
            var digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            var value = new DERSet(new SigningCertificateV2(new ESSCertIDv2(digest)));
            var attributes = new AttributeTable(new Attribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2, value));
            builder.setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(attributes));
        }
        return builder.build(algorithm, key, certificate);
    }
}

/** A time-stamping authority. */
final class Clock {
    private final TimeStampTokenGenerator tokens;

    Clock(Signer own) throws Exception {
        var policy = new ASN1ObjectIdentifier("1.2.3.4");
        tokens = new TimeStampTokenGenerator(own.generator(false, false), Making.digest("SHA-256"), policy);
        tokens.addCertificates(own.certificates);
        tokens.setAccuracySeconds(1);
    }

    TimeStampRequestGenerator asking() {
        var asking = new TimeStampRequestGenerator();
        asking.setCertReq(true);
        return asking;
    }

    byte[] token(byte[] content, String digest, Date at) throws Exception {
        var imprint = MessageDigest.getInstance(digest).digest(content);
        var request = asking().generate(new ASN1ObjectIdentifier(Making.NAMES.get(digest)), imprint, BigInteger.TEN);
        return tokens.generate(request, BigInteger.TWO.pow(100), at).getEncoded();
    }

    TimeStampResponse answer(TimeStampRequest request) throws Exception {
        return new TimeStampResponseGenerator(tokens, TSPAlgorithms.ALLOWED).generate(request, BigInteger.ONE, new Date());
    }
}
