import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.enumerations.SubIndication;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/**
 * Reads one task a line from stdin: milliseconds, anchor, revocation list (or "-"), signature, files beside it (tabs
 * between). Answers each with a line: number of signatures, level, indication, sub-indication (tabs between).
 */
public final class Judge {
    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String answer;
            try {
                answer = judged(line.split("\t"));
            } catch (Exception | StackOverflowError error) {
                answer = "0\t-\tUNREADABLE\t" + error.getClass().getSimpleName() + ": " + oneLine(error.getMessage());
            }
            System.out.println(answer);
            System.out.flush();
        }
    }

    private static String judged(String[] task) throws Exception {
        var verifier = new CommonCertificateVerifier();
        var trusted = new CommonTrustedCertificateSource();
        for (var certificate : task[1].equals("-") ? List.<CertificateToken>of() : DSSUtils.loadCertificateFromP7c(new FileInputStream(task[1]))) {
            trusted.addCertificate(certificate);
        }
        verifier.setTrustedCertSources(trusted);
        if (!task[2].equals("-")) {
            verifier.setCrlSource(new ExternalResourcesCRLSource(new FileInputStream(task[2])));
        }
        var validator = SignedDocumentValidator.fromDocument(new FileDocument(new File(task[3])));
        validator.setCertificateVerifier(verifier);
        validator.setValidationTime(new Date(Long.parseLong(task[0])));
        List<DSSDocument> beside = new ArrayList<>();
        for (int place = 4; place < task.length; place++) {
            beside.add(new FileDocument(new File(task[place])));
        }
        if (!beside.isEmpty()) {
            validator.setDetachedContents(beside);
        }
        Reports reports = validator.validateDocument();
        SimpleReport report = reports.getSimpleReport();
        if (report.getSignaturesCount() == 0) {
            return "0\t-\tUNREADABLE\tno signature";
        }
        String first = report.getFirstSignatureId();
        Indication indication = report.getIndication(first);
        SubIndication sub = report.getSubIndication(first);
        return report.getSignaturesCount() + "\t" + report.getSignatureFormat(first) + "\t" + indication + "\t" + (sub == null ? "" : sub)
            + "\t" + report.getAdESValidationErrors(first).stream().map(one -> oneLine(one.getValue())).toList();
    }

    private static String oneLine(String text) {
        return text == null ? "" : text.replaceAll("\\s+", " ");
    }
}
