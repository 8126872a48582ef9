package dev.freshet.bus;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Properties;
import java.util.Set;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * A library on the class path is too old, or lacks what Freshet uses of it. The message says which library and version that is, where
 * it lies, and which version is needed. To try again is of no use: the build, or its dependency management, must choose another version.
 */
public final class UnsupportedLibraryException extends BusException {

    private static final long serialVersionUID = 1;

    private static final String UNKNOWN_VERSION = "unknown version";

    private UnsupportedLibraryException(String message, @Nullable Throwable cause) {
        super(message);
        if (cause != null) {
            initCause(cause);
        }
    }

    /**
     * Checks that a library fits. Meant for Freshet's own modules.
     *
     * @param name what people call the library
     * @param group the first of its coordinates
     * @param artifact the second of its coordinates
     * @param needed the oldest version that fits, as {@code major.minor}
     * @param anyClass returns a class that every version has
     * @param use uses of it what Freshet uses; throws a {@link LinkageError} if something is missing
     * @throws UnsupportedLibraryException if something is missing, or if the library's jar says that it is older
     */
    public static void check(
            String name, String group, String artifact, String needed, Supplier<Class<?>> anyClass, Runnable use) {
        String needs = "Freshet needs " + name + " " + needed + " or newer (" + group + ":" + artifact + ")";
        Class<?> known;
        try {
            known = anyClass.get();
        } catch (LinkageError e) {
            throw new UnsupportedLibraryException(
                    needs + ", but there is none on the class path: add it to your build", e);
        }
        LinkageError missing = null;
        try {
            use.run();
        } catch (LinkageError e) {
            missing = e;
        }
        Path jar = jarOf(known);
        String version = jar == null ? null : versionIn(jar, group, artifact);
        if (missing == null && (version == null || !isOlder(version, needed))) {
            return;
        }
        String found =
                version != null ? version : missing == null ? UNKNOWN_VERSION : versionBeside(known, group, artifact);
        throw new UnsupportedLibraryException(
                needs + ", but finds " + found + " in " + (jar == null ? placeOf(known) : jar)
                        + (missing == null ? "" : ", which lacks what it uses (" + missing + ")")
                        + ": let your build, or its dependency management, choose a version that fits",
                missing);
    }

    /**
     * Returns the sentence for what has met a missing class or method all the same. Meant for Freshet's own modules.
     *
     * @param what what cannot go on, as it goes on in a sentence
     * @param lacks what is missing
     */
    public static String cannotGoOn(String what, String lacks) {
        return "A library on the class path does not fit, so that " + what
                + " cannot go on before the process is started with another one: " + lacks;
    }

    /** Returns whether a version is known to be older. */
    private static boolean isOlder(String version, String needed) {
        int[] its = majorAndMinor(version);
        int[] least = majorAndMinor(needed);
        return its != null && least != null && (its[0] != least[0] ? its[0] < least[0] : its[1] < least[1]);
    }

    private static int @Nullable [] majorAndMinor(String version) {
        Matcher numbers = Pattern.compile("(\\d{1,8})\\.(\\d{1,8}).*").matcher(version);
        return numbers.matches()
                ? new int[] {Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2))}
                : null;
    }

    private static @Nullable URL codeOf(Class<?> type) {
        try {
            CodeSource source = type.getProtectionDomain().getCodeSource();
            return source == null ? null : source.getLocation();
        } catch (SecurityException e) {
            return null;
        }
    }

    private static String placeOf(Class<?> type) {
        URL code = codeOf(type);
        return code == null ? "a place that is unknown" : code.toString();
    }

    /** Returns the jar that a class comes from, or null if it is not from a file. */
    private static @Nullable Path jarOf(Class<?> type) {
        URL code = codeOf(type);
        try {
            Path path =
                    code == null || !"file".equals(code.getProtocol()) ? null : Path.of(URI.create(code.toString()));
            return path != null && Files.isRegularFile(path) ? path : null;
        } catch (RuntimeException e) { // an address that is none of a file after all
            return null;
        }
    }

    /** Returns the version that a jar says of an artifact, whatever else is in the jar; null if it says none. */
    private static @Nullable String versionIn(Path jar, String group, String artifact) {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            ZipEntry properties = file.getEntry(propertiesOf(group, artifact));
            if (properties != null) {
                try (InputStream in = file.getInputStream(properties)) {
                    return versionIn(in);
                }
            }
            return versionIn(file.getManifest(), group, artifact);
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private static String propertiesOf(String group, String artifact) {
        return "META-INF/maven/" + group + "/" + artifact + "/pom.properties";
    }

    private static @Nullable String versionIn(InputStream properties) throws IOException {
        Properties read = new Properties();
        read.load(properties);
        return read.getProperty("version");
    }

    /** In the jar of an application the manifest is the application's. */
    private static @Nullable String versionIn(@Nullable Manifest manifest, String group, String artifact) {
        if (manifest == null) {
            return null;
        }
        Attributes main = manifest.getMainAttributes();
        String bundle = String.valueOf(main.getValue("Bundle-SymbolicName"));
        int directives = bundle.indexOf(';');
        String its = directives < 0 ? bundle : bundle.substring(0, directives);
        return Set.of(group, group + "." + artifact).contains(its.strip()) ? main.getValue("Bundle-Version") : null;
    }

    /** Returns the version that is told where the class comes from, such as a jar within a jar. */
    private static String versionBeside(Class<?> type, String group, String artifact) {
        try (InputStream in = type.getResourceAsStream("/" + propertiesOf(group, artifact))) {
            String version = in == null ? null : versionIn(in);
            return version == null ? UNKNOWN_VERSION : version;
        } catch (IOException | RuntimeException e) {
            return UNKNOWN_VERSION;
        }
    }
}
