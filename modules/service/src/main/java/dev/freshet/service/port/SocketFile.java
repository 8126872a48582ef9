package dev.freshet.service.port;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of a unix socket. The socket begins in a folder that only this user may enter, gets its mode there, and moves to its place in
 * one step: at no moment may others connect. Each method blocks as long as the file system does. Not thread-safe.
 */
public final class SocketFile {

    /** The address of a socket holds at most 103 bytes on some systems; the folder's name takes the rest. */
    static final int MAX_PATH_BYTES = 80;

    private static final String SOCKET = "s";

    private final Path place;
    private final Set<PosixFilePermission> mode;
    private @Nullable Path folder;
    private @Nullable Object identity;

    /**
     * @param place where clients find the socket
     * @param mode who may connect, as in {@code 0600}
     */
    SocketFile(Path place, String mode) {
        this.place = place.toAbsolutePath();
        this.mode = permissions(mode);
    }

    /** Returns what is wrong with a mode, as a clause, or null. */
    static @Nullable String faultInMode(String mode) {
        return mode.matches("0?[0-7]{3}") ? null : "must have three octal digits, as in 0600 or 0660";
    }

    private static Set<PosixFilePermission> permissions(String mode) {
        int bits = Integer.parseInt(mode, 8);
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values(); // in the order of the bits
        for (int i = 0; i < all.length; i++) {
            if ((bits & (1 << (all.length - 1 - i))) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }

    /**
     * Returns where to bind the socket.
     *
     * @throws IOException if another process listens at the socket's place, or the folder cannot be written
     */
    Path prepare() throws IOException {
        if (isServed()) {
            throw new IOException("another process listens there");
        }
        Path parent = place.getParent();
        if (parent == null) {
            throw new IOException("it is no file");
        }
        Path made = Files.createTempDirectory(
                parent, ".", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        folder = made;
        return made.resolve(SOCKET);
    }

    /** A file that a killed process left behind refuses connections. */
    private boolean isServed() {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return probe.connect(UnixDomainSocketAddress.of(place));
        } catch (IOException nobody) {
            return false;
        }
    }

    /** Lets clients connect. To be called when the socket is bound. */
    void publish() throws IOException {
        Path made = folder;
        if (made == null) {
            throw new IllegalStateException("not prepared");
        }
        Path bound = made.resolve(SOCKET);
        Files.setPosixFilePermissions(bound, mode);
        identity = identityOf(bound);
        Files.move(bound, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(made);
        folder = null;
    }

    /** Removes the file, unless another process has replaced it. */
    void remove() throws IOException {
        Path made = folder;
        if (made != null) {
            Files.deleteIfExists(made.resolve(SOCKET));
            Files.deleteIfExists(made);
        }
        Object own = identity;
        if (own != null && own.equals(identityOf(place))) {
            Files.deleteIfExists(place);
        }
    }

    private static @Nullable Object identityOf(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (IOException missing) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "socket " + place;
    }
}
