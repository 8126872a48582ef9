package dev.freshet.bus.internal.access;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads files that hold passwords, keys and certificates. Stateless. */
public final class SecretFile {

    /** Bundles of all public authorities have some 250 KiB. */
    private static final int MAX_BYTES = 1 << 20;

    private SecretFile() {}

    /**
     * Reads a whole file as text. Blocks as long as the file system does.
     *
     * @param what what the file is, as it begins a sentence: "the password file"
     * @throws MisconfiguredException naming the file and why it cannot be read
     */
    public static String read(String what, Path file) {
        try {
            // A pipe or a device might block for ever, or have no end.
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw fault(what, file, "cannot be read: it is not a regular file");
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(MAX_BYTES + 1);
                if (bytes.length > MAX_BYTES) {
                    throw fault(what, file, "cannot be read: it has more than 1 MiB");
                }
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            }
        } catch (NoSuchFileException e) {
            throw fault(what, file, "cannot be read: it does not exist");
        } catch (AccessDeniedException e) {
            throw fault(what, file, "cannot be read: permission denied");
        } catch (CharacterCodingException e) {
            throw fault(what, file, "cannot be read: it is not UTF-8 text");
        } catch (IOException | SecurityException e) {
            throw fault(what, file, "cannot be read: " + e);
        }
    }

    static MisconfiguredException fault(String what, Path file, String why) {
        return new MisconfiguredException(what + " " + file + " " + why);
    }
}
