package dev.freshet.bus.internal.access;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keys in a file, one a line: the first one signs, all of them verify. Lines that are empty or begin with {@code #} do not count. The
 * file is read again when it is asked for and the last look is a second old; a file that cannot be read leaves the keys as they
 * were. Safe to use from any thread.
 */
public final class KeyFile {

    private static final String WHAT = "the key file";
    private static final int MIN_BYTES = 32;
    private static final int MAX_KEYS = 16;
    private static final long LOOK_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path file;
    private final TimeSource time;
    private final Consumer<@Nullable String> faults;
    private final AtomicLong nextLookNanos;
    private volatile List<byte[]> keys;

    /**
     * Reads the file.
     *
     * @param faults hears in a sentence why the file cannot be read again, and null whenever it can
     * @throws BusException naming the file and what is wrong with it, but nothing of what it holds
     */
    public KeyFile(Path file, TimeSource time, Consumer<@Nullable String> faults) {
        this.file = file;
        this.time = time;
        this.faults = faults;
        this.keys = read();
        this.nextLookNanos = new AtomicLong(time.nanoTime() + LOOK_EVERY_NANOS);
    }

    /** Returns the keys, the one that signs first. May read the file. */
    public List<byte[]> current() {
        long now = time.nanoTime();
        long next = nextLookNanos.get();
        if (now - next >= 0 && nextLookNanos.compareAndSet(next, now + LOOK_EVERY_NANOS)) {
            try {
                keys = read();
                faults.accept(null);
            } catch (BusException e) {
                faults.accept(e.getMessage() + "; the keys that were read before stay in use");
            }
        }
        return keys;
    }

    private List<byte[]> read() {
        try {
            List<byte[]> read = SecretFile.read(WHAT, file)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .map(line -> line.getBytes(StandardCharsets.UTF_8))
                    .toList();
            if (read.isEmpty() || read.size() > MAX_KEYS) {
                throw SecretFile.fault(
                        WHAT, file, "must hold 1 to " + MAX_KEYS + " keys, one a line, not " + read.size());
            }
            if (read.stream().anyMatch(key -> key.length < MIN_BYTES)) {
                throw SecretFile.fault(
                        WHAT,
                        file,
                        "holds a key of fewer than " + MIN_BYTES + " bytes; make one with: openssl rand -base64 32");
            }
            return read;
        } catch (MisconfiguredException e) {
            throw new BusException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public String toString() {
        return "key file " + file;
    }
}
