package dev.freshet.bus.internal.access;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * PEM files for TLS. They are read anew for each connection, so that they can be replaced while the process runs.
 *
 * @param ca the authorities to trust; null: those that this Java trusts
 * @param certificate the certificate to show; null: none
 * @param key its private key; null if and only if there is no certificate
 */
public record PemFiles(
        @Nullable Path ca,
        @Nullable Path certificate,
        @Nullable Path key) {

    private static final String CA = "the CA file";
    private static final String CERTIFICATE = "the certificate file";
    private static final String KEY = "the key file";

    /** For stores that never leave this process. */
    private static final char[] NO_PASSWORD = new char[0];

    public PemFiles {
        if (certificate != null && key == null) {
            throw new IllegalArgumentException("a certificate needs its key");
        }
        if (certificate == null && key != null) {
            throw new IllegalArgumentException("a key needs its certificate");
        }
    }

    /**
     * Names files. Does not read them yet.
     *
     * @throws IllegalArgumentException if there is a certificate without a key, or a key without a certificate
     */
    public static PemFiles of(@Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {
        return new PemFiles(ca, certificate, key);
    }

    /** Returns a factory that reads the files for each socket. */
    public SSLSocketFactory sockets() {
        return new PemSockets(this);
    }

    /** Whether a factory is one of {@link #sockets}. */
    public static boolean isMadeOf(Object factory) {
        return factory instanceof PemSockets;
    }

    /**
     * Reads the files that a factory of {@link #sockets} reads. Blocks as long as the file system does.
     *
     * @param factory null: Java's own
     * @throws MisconfiguredException naming the file and what is wrong with it, or if the factory is another one
     */
    public static SSLContext contextOf(@Nullable SSLSocketFactory factory) {
        if (factory instanceof PemSockets own) {
            return own.files().client();
        }
        if (factory != null) {
            throw new MisconfiguredException("TLS of a factory of sockets is not available here; name files instead");
        }
        try {
            return SSLContext.getDefault();
        } catch (GeneralSecurityException e) {
            throw new MisconfiguredException("Java's own TLS cannot be set up: " + e);
        }
    }

    /**
     * Reads the files. Blocks as long as the file system does.
     *
     * @throws MisconfiguredException naming the file and what is wrong with it
     */
    SSLSocketFactory read() {
        return client().getSocketFactory();
    }

    /**
     * Reads the files, for connections that this process opens. Blocks as long as the file system does.
     *
     * @throws MisconfiguredException naming the file and what is wrong with it
     */
    public SSLContext client() {
        return context(null);
    }

    /**
     * Reads the files, for connections that others open to this process. Without a CA file, no client's certificate is trusted. Blocks
     * as long as the file system does.
     *
     * @throws MisconfiguredException naming the file and what is wrong with it
     */
    public SSLContext server() {
        // Not null: Java would read all authorities that it knows, and trust clients that have theirs from any of them.
        return context(new TrustManager[0]);
    }

    /**
     * Reads the first certificate. Blocks as long as the file system does.
     *
     * @throws MisconfiguredException naming the file and what is wrong with it
     */
    public X509Certificate first() {
        try {
            return certificates(PemText.read(CERTIFICATE, Objects.requireNonNull(certificate)))
                    .get(0);
        } catch (GeneralSecurityException e) {
            throw new MisconfiguredException("TLS cannot be set up from " + this + ": " + e);
        }
    }

    /** @param withoutCa whom to trust if there is no CA file; null: the authorities that this Java trusts */
    private SSLContext context(TrustManager @Nullable [] withoutCa) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(identity(), ca == null ? withoutCa : trust(ca), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new MisconfiguredException("TLS cannot be set up from " + this + ": " + e);
        }
    }

    private static TrustManager[] trust(Path ca) throws GeneralSecurityException, IOException {
        KeyStore trusted = emptyStore();
        int number = 0;
        for (X509Certificate authority : certificates(PemText.read(CA, ca))) {
            trusted.setCertificateEntry("ca-" + number++, authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory.getTrustManagers();
    }

    private KeyManager @Nullable [] identity() throws GeneralSecurityException, IOException {
        if (certificate == null || key == null) {
            return null;
        }
        PemText text = PemText.read(CERTIFICATE, certificate);
        List<X509Certificate> chain = certificates(text);
        requireValid(text, chain.get(0));
        PemText keyText = PemText.read(KEY, key);
        PrivateKey privateKey = PrivateKeys.of(keyText);
        if (!belongTogether(privateKey, chain.get(0).getPublicKey())) {
            throw keyText.fault("does not belong to the first certificate in " + certificate);
        }
        KeyStore own = emptyStore();
        own.setKeyEntry("own", privateKey, NO_PASSWORD, chain.toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(own, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static List<X509Certificate> certificates(PemText text) throws CertificateException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        for (PemText.Block block : text.blocks()) {
            if (block.type().equals("CERTIFICATE")) {
                try {
                    certificates.add(
                            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
                } catch (CertificateException e) {
                    throw text.fault("holds a certificate that cannot be read");
                }
            }
        }
        if (certificates.isEmpty()) {
            throw text.fault("holds no certificate in PEM form");
        }
        return certificates;
    }

    /** The server would refuse it too, in less clear words. */
    private static void requireValid(PemText text, X509Certificate first) {
        try {
            first.checkValidity();
        } catch (CertificateExpiredException e) {
            throw text.fault(
                    "holds a certificate that expired on " + first.getNotAfter().toInstant());
        } catch (CertificateNotYetValidException e) {
            throw text.fault("holds a certificate that is valid only from "
                    + first.getNotBefore().toInstant() + " on");
        }
    }

    private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) throws GeneralSecurityException {
        if (!privateKey.getAlgorithm().equals(publicKey.getAlgorithm())) {
            return false;
        }
        Signature signature = Signature.getInstance(
                switch (publicKey.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> publicKey.getAlgorithm();
                });
        byte[] anything = {1};
        signature.initSign(privateKey);
        signature.update(anything);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update(anything);
        try {
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // of another length, or another curve
        }
    }

    @Override
    public String toString() {
        return (ca == null ? "the authorities that Java trusts" : "CA file " + ca)
                + (certificate == null ? "" : ", certificate file " + certificate + ", key file " + key);
    }
}
