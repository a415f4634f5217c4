import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.Date;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Reads one task a line from stdin, words with tabs between, and answers each with a line: `yes`, or `no: ` and why.
 * Files are named, keys are PKCS #8 and certificates DER; what is trusted is PEM, certificates and lists together.
 */
public final class BouncyCastle {
    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(answer(line.split("\t")));
            System.out.flush();
        }
    }

    private static String answer(String[] task) {
        try {
            perform(task);
            return "yes";
        } catch (Exception | StackOverflowError error) {
            return ("no: " + error).replaceAll("\\s+", " ");
        }
    }

    private static void perform(String[] task) throws Exception {
        switch (task[0]) {
            case "signature" -> Judging.signature(read(task[1]), task[2].equals("-") ? null : read(task[2]), task[3], at(task[4]));
            case "token" -> Judging.token(read(task[1]), read(task[2]), task[3]);
            case "record" -> Judging.record(read(task[1]), read(task[2]));
            case "note" -> Notes.verify(text(task[1]), text(task[2]).lines().toList());
            case "make-signature" -> write(task[6], Making.signature(new Signer(task), read(task[5]), List.of(task)));
            case "make-token" -> write(task[6], new Clock(new Signer(task)).token(read(task[5]), task[7], at(task[8])));
            case "make-records" -> Making.records(new Clock(new Signer(task)), task);
            case "make-note" -> Notes.make(text(task[1]), task[2], Path.of(task[3]), Path.of(task[4]));
            default -> throw new IllegalArgumentException(task[0]);
        }
    }

    private static Date at(String milliseconds) {
        return new Date(Long.parseLong(milliseconds));
    }

    private static String text(String file) throws IOException {
        return Files.readString(Path.of(file));
    }

    static byte[] read(String file) throws IOException {
        return Files.readAllBytes(Path.of(file));
    }

    static void write(String file, byte[] data) throws IOException {
        Files.write(Path.of(file), data);
    }

    static void require(boolean held, String otherwise) {
        if (!held) {
            throw new SecurityException(otherwise);
        }
    }
}
