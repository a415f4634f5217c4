import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.pqc.crypto.mldsa.MLDSAParameters;
import org.bouncycastle.pqc.crypto.mldsa.MLDSAPrivateKeyParameters;
import org.bouncycastle.pqc.crypto.mldsa.MLDSAPublicKeyParameters;
import org.bouncycastle.pqc.crypto.mldsa.MLDSASigner;

/** Checkpoints and their cosignatures (C2SP signed-note, tlog-cosignature), by the keys of Bouncy Castle. */
final class Notes {
    private static final int SIGNED = 1, COSIGNED = 4, SUBTREE = 6;
    private static final long TIME = 1_800_000_000L;

    /** Whether each of these keys has a signature under the note, and it holds. */
    static void verify(String note, List<String> vkeys) throws Exception {
        int end = note.lastIndexOf("\n\n") + 1;
        for (String vkey : vkeys) {
            String[] parts = vkey.split("\\+", 3);
            byte[] key = Base64.getDecoder().decode(parts[2]);
            int found = 0;
            for (String line : note.substring(end + 1).split("\n")) {
                String[] words = line.split(" ");
                byte[] signature = Base64.getDecoder().decode(words[2]);
                if (words[1].equals(parts[0]) && Arrays.equals(id(parts[0], key), Arrays.copyOf(signature, 4))) {
                    check(parts[0], key, note.substring(0, end), Arrays.copyOfRange(signature, 4, signature.length));
                    found++;
                }
            }
            BouncyCastle.require(found > 0, parts[0] + " did not sign");
        }
    }

    private static void check(String name, byte[] key, String text, byte[] signature) throws Exception {
        byte[] raw = Arrays.copyOfRange(key, 1, key.length);
        int time = key[0] == SIGNED ? 0 : 8;
        long at = time == 0 ? 0 : new BigInteger(1, Arrays.copyOf(signature, 8)).longValueExact();
        byte[] message = message(key[0], name, text, at), last = Arrays.copyOfRange(signature, time, signature.length);
        var signer = key[0] == SUBTREE ? new MLDSASigner() : new Ed25519Signer();
        signer.init(false, key[0] == SUBTREE ? new MLDSAPublicKeyParameters(MLDSAParameters.ml_dsa_44, raw) : new Ed25519PublicKeyParameters(raw));
        signer.update(message, 0, message.length);
        BouncyCastle.require(signer.verifySignature(last), "the signature of " + name + " does not hold");
    }

    private static byte[] message(int kind, String name, String text, long at) throws IOException {
        if (kind == SIGNED) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (kind == COSIGNED) {
            return ("cosignature/v1\ntime " + at + "\n" + text).getBytes(StandardCharsets.UTF_8);
        }
        BouncyCastle.require(kind == SUBTREE, "an unknown kind of key");
        String[] lines = text.split("\n");
        var made = new ByteArrayOutputStream();
        var out = new DataOutputStream(made);
        out.write("subtree/v1\n\0".getBytes(StandardCharsets.UTF_8));
        writeName(out, name);
        out.writeLong(at);
        writeName(out, lines[0]);
        out.writeLong(0);
        out.writeLong(Long.parseLong(lines[1]));
        out.write(Base64.getDecoder().decode(lines[2]));
        return made.toByteArray();
    }

    private static void writeName(DataOutputStream out, String name) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        out.writeByte(bytes.length);
        out.write(bytes);
    }

    private static byte[] id(String name, byte[] key) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
        return Arrays.copyOf(digest.digest(key), 4);
    }

    /** The text, signed and cosigned under one name by fresh keys of all three kinds. Writes the note and the keys. */
    static void make(String text, String name, Path note, Path vkeys) throws Exception {
        var random = new SecureRandom();
        var lines = new StringBuilder(text).append("\n");
        var keys = new ArrayList<String>();
        for (int kind : new int[] {SIGNED, COSIGNED}) {
            var own = new Ed25519PrivateKeyParameters(random);
            sign(text, name, kind, own, own.generatePublicKey().getEncoded(), lines, keys);
        }
        byte[] seed = new byte[32];
        random.nextBytes(seed);
        var own = new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_44, seed);
        sign(text, name, SUBTREE, own, own.getPublicKey(), lines, keys);
        Files.writeString(note, lines.toString());
        Files.write(vkeys, keys);
    }

    private static void sign(String text, String name, int kind, CipherParameters own, byte[] raw, StringBuilder lines, List<String> keys)
            throws Exception {
        byte[] key = new byte[raw.length + 1], message = message(kind, name, text, TIME);
        key[0] = (byte) kind;
        System.arraycopy(raw, 0, key, 1, raw.length);
        var signer = kind == SUBTREE ? new MLDSASigner() : new Ed25519Signer();
        signer.init(true, own);
        signer.update(message, 0, message.length);
        var line = new ByteArrayOutputStream();
        line.write(id(name, key));
        if (kind != SIGNED) {
            new DataOutputStream(line).writeLong(TIME);
        }
        line.write(signer.generateSignature());
        lines.append("— ").append(name).append(" ").append(Base64.getEncoder().encodeToString(line.toByteArray())).append("\n");
        keys.add(name + "+" + HexFormat.of().formatHex(id(name, key)) + "+" + Base64.getEncoder().encodeToString(key));
    }
}
