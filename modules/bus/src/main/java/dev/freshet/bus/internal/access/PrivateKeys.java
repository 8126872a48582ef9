package dev.freshet.bus.internal.access;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the private key of a PEM file. Java itself reads only PKCS#8, so the older forms are wrapped into it. Stateless. */
final class PrivateKeys {

    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");

    /** DER of INTEGER 0, and of the identifiers of RSA keys, with its parameter NULL, and of EC keys. */
    private static final byte[] VERSION = HexFormat.of().parseHex("020100");

    private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int EC_PARAMETERS = 0xa0;

    private PrivateKeys() {}

    /**
     * Returns the key.
     *
     * @throws MisconfiguredException naming the file and why it holds no key that can be used
     */
    static PrivateKey of(PemText text) {
        for (PemText.Block block : text.blocks()) {
            if (block.type().equals("ENCRYPTED PRIVATE KEY") || isEncrypted(block)) {
                throw text.fault("holds a key with a password; remove it: openssl pkey -in … -out …");
            }
            byte[] pkcs8 =
                    switch (block.type()) {
                        case "PRIVATE KEY" -> block.der();
                        case "RSA PRIVATE KEY" -> wrapped(RSA, block.der());
                        case "EC PRIVATE KEY" -> ofCurve(text, block.der());
                        default -> null;
                    };
            if (pkcs8 != null) {
                return parse(text, pkcs8);
            }
        }
        throw text.fault("holds no private key in PEM form");
    }

    /** Whether OpenSSL encrypted it in its own way, with lines about that in front of the Base64. */
    private static boolean isEncrypted(PemText.Block block) {
        return block.text().contains("ENCRYPTED");
    }

    private static PrivateKey parse(PemText text, byte[] pkcs8) {
        return ALGORITHMS.stream()
                .map(algorithm -> parse(algorithm, pkcs8))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(
                        () -> text.fault("holds a private key that cannot be read; use an RSA, EC or Ed25519 key"));
    }

    /** Returns null if it is a key of another algorithm, or none. */
    private static @Nullable PrivateKey parse(String algorithm, byte[] pkcs8) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    private static byte[] ofCurve(PemText text, byte[] key) {
        byte[] curve = element(key, EC_PARAMETERS);
        if (curve == null) {
            curve = text.blocks().stream()
                    .filter(block -> block.type().equals("EC PARAMETERS"))
                    .map(PemText.Block::der)
                    .findFirst()
                    .orElseThrow(
                            () -> text.fault("holds an EC key without its curve; convert it: openssl pkcs8 -topk8"));
        }
        return wrapped(joined(EC, curve), key);
    }

    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return der(SEQUENCE, joined(VERSION, der(SEQUENCE, algorithm), der(OCTET_STRING, key)));
    }

    /** Returns the content of an element of a sequence, or null if there is none with this tag. */
    private static byte @Nullable [] element(byte[] sequence, int tag) {
        int[] at = {0};
        if (sequence.length < 2 || header(sequence, at) < 0) {
            return null;
        }
        while (at[0] < sequence.length) {
            int found = sequence[at[0]] & 0xff;
            int length = header(sequence, at);
            if (length < 0 || length > sequence.length - at[0]) {
                return null;
            }
            if (found == tag) {
                return Arrays.copyOfRange(sequence, at[0], at[0] + length);
            }
            at[0] += length;
        }
        return null;
    }

    /** Reads a tag and a length, and moves behind them. Returns the length, or -1 if there is none. */
    private static int header(byte[] der, int[] at) {
        if (at[0] + 2 > der.length) {
            return -1;
        }
        int length = der[at[0] + 1] & 0xff;
        at[0] += 2;
        int more = length < 0x80 ? 0 : length - 0x80;
        if (more > 2 || at[0] + more > der.length) {
            return -1;
        }
        if (more > 0) {
            length = 0;
            for (int i = 0; i < more; i++) {
                length = (length << 8) | (der[at[0]++] & 0xff);
            }
        }
        return length;
    }

    private static byte[] der(int tag, byte[] content) {
        int length = content.length;
        byte[] header = length < 0x80
                ? new byte[] {(byte) tag, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return joined(header, content);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
