import eu.europa.esig.dss.diagnostic.CertificateWrapper;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.enumerations.SubIndication;
import eu.europa.esig.dss.enumerations.TokenExtractionStrategy;
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
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads one task a line from stdin: milliseconds, policy, anchors, revocation lists with semicolons between (or "-"), signature, files beside it
 * (tabs between). Answers each with a line: number of signatures, level, indication, sub-indication and words of the
 * worst of them (tabs between). With 0 milliseconds it answers what there is to judge by: the time that the signer
 * states, in milliseconds or "-", and the certificates at the upper ends of the chains, in base64.
 */
public final class Judge {
    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String answer;
            try {
                String[] task = line.split("\t");
                answer = task[0].equals("0") ? brought(task) : judged(task);
            } catch (Exception | StackOverflowError error) {
                answer = "0\t-\tUNREADABLE\t" + error.getClass().getSimpleName() + ": " + oneLine(error.getMessage());
            }
            System.out.println(answer);
            System.out.flush();
        }
    }

    private static String judged(String[] task) throws Exception {
        Reports reports = validator(task).validateDocument(new File(task[1]));
        SimpleReport report = reports.getSimpleReport();
        if (report.getSignaturesCount() == 0) {
            return "0\t-\tUNREADABLE\tno signature";
        }
        var told = reports.getDiagnosticData();
        String worst = report.getSignatureIdList().stream().filter(id -> !told.getSignatureById(id).isCounterSignature()).max(Comparator.comparing(id -> rank(report.getIndication(id)))).get();
        SubIndication sub = report.getSubIndication(worst);
        return report.getSignaturesCount() + "\t" + report.getSignatureFormat(worst) + "\t" + report.getIndication(worst)
            + "\t" + (sub == null ? "" : sub)
            + "\t" + report.getAdESValidationErrors(worst).stream().map(one -> oneLine(one.getValue())).toList();
    }

    private static int rank(Indication indication) {
        return List.of(Indication.TOTAL_PASSED, Indication.INDETERMINATE, Indication.TOTAL_FAILED).indexOf(indication);
    }

    private static SignedDocumentValidator validator(String[] task) throws Exception {
        var verifier = new CommonCertificateVerifier();
        var trusted = new CommonTrustedCertificateSource();
        for (var certificate : task[2].equals("-") ? List.<CertificateToken>of() : DSSUtils.loadCertificateFromP7c(new FileInputStream(task[2]))) {
            trusted.addCertificate(certificate);
        }
        verifier.setTrustedCertSources(trusted);
        verifier.setAIASource(null);
        if (!task[3].equals("-")) {
            var lists = new ArrayList<InputStream>();
            for (String list : task[3].split(";")) {
                lists.add(new FileInputStream(list));
            }
            verifier.setCrlSource(new ExternalResourcesCRLSource(lists.toArray(new InputStream[0])));
        }
        var validator = SignedDocumentValidator.fromDocument(new FileDocument(new File(task[4])));
        validator.setCertificateVerifier(verifier);
        validator.setValidationTime(task[0].equals("0") ? new Date() : new Date(Long.parseLong(task[0])));
        List<DSSDocument> beside = new ArrayList<>();
        for (int place = 5; place < task.length; place++) {
            beside.add(new FileDocument(new File(task[place])));
        }
        if (!beside.isEmpty()) {
            validator.setDetachedContents(beside);
        }
        return validator;
    }

    private static String brought(String[] task) throws Exception {
        var validator = validator(task);
        validator.setTokenExtractionStrategy(TokenExtractionStrategy.EXTRACT_CERTIFICATES_ONLY);
        var told = validator.validateDocument(new File(task[1])).getDiagnosticData();
        var ends = new LinkedHashSet<String>();
        told.getSignatures().forEach(one -> addEnd(ends, one.getCertificateChain()));
        told.getTimestampList().forEach(one -> addEnd(ends, one.getCertificateChain()));
        told.getAllRevocationData().forEach(one -> addEnd(ends, one.getCertificateChain()));
        Date at = told.getSignatures().isEmpty() ? null : told.getSignatures().get(0).getClaimedSigningTime();
        return (at == null ? "-" : at.getTime()) + "\t" + String.join("\t", ends);
    }

    private static void addEnd(Set<String> ends, List<CertificateWrapper> chain) {
        var last = chain.isEmpty() ? null : chain.get(chain.size() - 1);
        if (last != null && (chain.size() > 1 || last.isSelfSigned())) {
            ends.add(Base64.getEncoder().encodeToString(last.getBinaries()));
        }
    }

    private static String oneLine(String text) {
        return text == null ? "" : text.replaceAll("\\s+", " ");
    }
}
