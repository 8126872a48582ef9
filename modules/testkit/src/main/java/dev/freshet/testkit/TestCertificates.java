package dev.freshet.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A certificate authority for tests, and the certificates that it issues, as PEM files of a folder. Each call that issues one runs the
 * JDK's {@code keytool}, which takes about a second. Not thread-safe.
 *
 * <pre>{@code
 * TestCertificates certificates = TestCertificates.in(folder);
 * RedisServer redis = RedisServer.builder().withTls(certificates).start();
 * connectTo(redis.tlsUri(), certificates.ca());
 * }</pre>
 */
public final class TestCertificates {

    /** The names that an issued certificate is for, unless it is issued for others. */
    public static final String LOOPBACK = "dns:localhost,ip:127.0.0.1";

    private static final String PASSWORD = "only-for-tests";
    private static final int VALID_DAYS = 30;

    /**
     * A certificate and its private key, in PEM files. The key is in PKCS#8 form.
     *
     * @param certificate the file of the certificate
     * @param key the file of the key
     */
    public record Issued(Path certificate, Path key) {}

    private final Path folder;
    private final Path store;

    private TestCertificates(Path folder) {
        this.folder = folder;
        this.store = folder.resolve("certificates.p12");
    }

    /** Creates an authority in a folder, which must exist. */
    public static TestCertificates in(Path folder) {
        TestCertificates created = new TestCertificates(folder);
        created.keytool(
                "ca", List.of("-keyalg", "EC", "-ext", "bc:c", "-ext", "ku:c=keyCertSign", "-startdate", "-400d"), 800);
        created.write("ca");
        return created;
    }

    /** Returns the file of the authority's own certificate. */
    public Path ca() {
        return folder.resolve("ca.pem");
    }

    /** Issues a certificate with an RSA key, for a server or a client on loopback. */
    public Issued issue(String name) {
        return issue(name, "RSA", LOOPBACK);
    }

    /**
     * Issues a certificate.
     *
     * @param name its common name, and the name of its files
     * @param algorithm of its key: RSA, EC or Ed25519
     * @param names the names that it is for, as keytool writes them: {@code dns:localhost,ip:127.0.0.1}
     */
    public Issued issue(String name, String algorithm, String names) {
        return issue(name, algorithm, names, "-1d", VALID_DAYS);
    }

    /** Issues a certificate that expired yesterday. */
    public Issued issueExpired(String name) {
        return issue(name, "RSA", LOOPBACK, "-" + (VALID_DAYS + 1) + "d", VALID_DAYS);
    }

    private Issued issue(String name, String algorithm, String names, String start, int days) {
        keytool(
                name,
                List.of("-keyalg", algorithm, "-signer", "ca", "-ext", "san=" + names, "-startdate", start),
                days);
        return write(name);
    }

    private void keytool(String name, List<String> options, int days) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-alias",
                name,
                "-dname",
                "CN=" + name + ", O=" + folder.getFileName(),
                "-validity",
                Integer.toString(days),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString()));
        command.addAll(options);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IllegalStateException("keytool failed: " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while keytool ran", e);
        }
    }

    private Issued write(String name) {
        Issued issued = new Issued(folder.resolve(name + ".pem"), folder.resolve(name + "-key.pem"));
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore opened = KeyStore.getInstance("PKCS12");
            opened.load(in, PASSWORD.toCharArray());
            Certificate certificate = opened.getCertificate(name);
            Key key = opened.getKey(name, PASSWORD.toCharArray());
            Files.writeString(issued.certificate(), pem("CERTIFICATE", certificate.getEncoded()));
            Files.writeString(issued.key(), pem("PRIVATE KEY", key.getEncoded()));
            return issued;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The certificate " + name + " cannot be written", e);
        }
    }

    /** Returns bytes as a block of a PEM file. */
    public static String pem(String type, byte[] bytes) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n";
    }
}
