package dev.freshet.benchmarks.eviction;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;

/** A real trace: the classes that the constants of each class of the running JDK refer to, by the name of the referring class. */
final class JdkClassReferences {

    private static final int MAGIC = 0xCAFEBABE;

    private JdkClassReferences() {}

    /**
     * Returns the first references. Each class has a number.
     *
     * @throws IllegalStateException if the JDK has fewer
     */
    static int[] first(int length) {
        int[] keys = new int[length];
        Map<String, Integer> numbers = new HashMap<>();
        int filled = 0;
        Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
        try (Stream<Path> files = Files.walk(modules)) {
            Iterator<Path> classes = files.filter(file -> file.toString().endsWith(".class"))
                    .sorted()
                    .iterator();
            while (classes.hasNext() && filled < length) {
                for (String name : referencesOf(classes.next())) {
                    if (filled < length) {
                        keys[filled++] = numbers.computeIfAbsent(name, any -> numbers.size());
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (filled < length) {
            throw new IllegalStateException(
                    "This JDK has only " + filled + " class references, but the trace needs " + length);
        }
        return keys;
    }

    /** Returns the names that the constants of kind Class refer to, in file order (JVMS 4.4). */
    private static String[] referencesOf(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            if (in.readInt() != MAGIC) {
                return new String[0];
            }
            in.readInt();
            int count = in.readUnsignedShort();
            String[] texts = new String[count];
            int[] classes = new int[count];
            int found = 0;
            for (int i = 1; i < count; i++) {
                int kind = in.readUnsignedByte();
                switch (kind) {
                    case 1 -> texts[i] = in.readUTF();
                    case 3, 4, 9, 10, 11, 12, 17, 18 -> in.readInt();
                    case 5, 6 -> {
                        in.readLong();
                        i++; // takes two entries of the pool
                    }
                    case 7 -> classes[found++] = in.readUnsignedShort();
                    case 8, 16, 19, 20 -> in.readUnsignedShort();
                    case 15 -> {
                        in.readUnsignedByte();
                        in.readUnsignedShort();
                    }
                    default -> throw new IOException(file + " has a constant of the unknown kind " + kind);
                }
            }
            return Arrays.stream(classes, 0, found).mapToObj(at -> texts[at]).toArray(String[]::new);
        }
    }
}
