package dev.freshet.service.port;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What files hold. They are read again when they change; files that cannot be used leave what was read before in use. Safe to use
 * from any thread; {@link #look} by one thread at a time.
 *
 * @param <T> what is made of the files; immutable
 */
public final class WatchedFiles<T> implements Supplier<T> {

    private static final Logger log = LoggerFactory.getLogger(WatchedFiles.class);

    /** What of a file changes when somebody writes or replaces it. */
    private record Stamp(
            long bytes,
            @Nullable FileTime modified,
            @Nullable Object identity) {

        private static final Stamp UNREADABLE = new Stamp(-1, null, null);

        static Stamp of(Path file) {
            try {
                BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
                return new Stamp(now.size(), now.lastModifiedTime(), now.fileKey());
            } catch (IOException | SecurityException e) {
                return UNREADABLE;
            }
        }
    }

    private final String setting;
    private final List<Path> files;
    private final Supplier<T> reader;
    private final Function<? super T, @Nullable String> faultNow;
    private final AtomicLong reloads = new AtomicLong();
    private volatile T current;
    private volatile @Nullable String fault;

    private List<Stamp> stamps;
    /** Why the last look could not use the files; it is told only if the next look says the same. */
    private @Nullable String suspicion;

    /**
     * Reads the files.
     *
     * @param setting whose files they are, as in {@code http.tls}
     * @param reader reads the files; throws an exception whose message says what is wrong with them, without secrets
     * @param faultNow returns what has become wrong with what was read, as with a certificate that expires; null: nothing
     * @throws RuntimeException that of the reader
     */
    WatchedFiles(String setting, List<Path> files, Supplier<T> reader, Function<? super T, @Nullable String> faultNow) {
        this.setting = setting;
        this.files = List.copyOf(files);
        this.reader = reader;
        this.faultNow = faultNow;
        this.stamps = stampsNow();
        this.current = reader.get();
    }

    /** Returns what the files held when they could be used last. Never blocks. */
    @Override
    public T get() {
        return current;
    }

    /** Returns what somebody must mend, in a sentence, or null. Never blocks. */
    public @Nullable String fault() {
        return fault;
    }

    /** Returns the setting that names the files. */
    String setting() {
        return setting;
    }

    /** Returns how many times the files were read again and used. */
    long reloads() {
        return reloads.get();
    }

    /** Reads the files if they have changed. Blocks as long as the file system does. */
    void look() {
        List<Stamp> now = stampsNow();
        if (suspicion != null || !now.equals(stamps)) {
            try {
                T read = reader.get();
                stamps = now;
                current = read;
                suspicion = null;
                reloads.incrementAndGet();
                log.info("{}: the files have changed; what they hold now is in use", setting);
            } catch (RuntimeException e) {
                suspect(e.getMessage() + "; what was read before stays in use");
                return;
            }
        }
        tell(faultNow.apply(current));
    }

    /** Whoever replaces several files writes them one after another. Only what is still wrong at the next look is told. */
    private void suspect(String why) {
        if (why.equals(suspicion)) {
            tell(why);
        }
        suspicion = why;
    }

    private void tell(@Nullable String now) {
        if (now != null && !now.equals(fault)) {
            log.warn("{}: {}", setting, now);
        }
        fault = now;
    }

    private List<Stamp> stampsNow() {
        return files.stream().map(Stamp::of).toList();
    }

    @Override
    public String toString() {
        return setting + " " + files;
    }
}
