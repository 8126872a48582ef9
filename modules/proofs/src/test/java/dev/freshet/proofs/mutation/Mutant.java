package dev.freshet.proofs.mutation;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The project with one protection switched off, and a simulation that runs on it: the changed file is compiled, and it and
 * all of our classes are loaded anew. Production code needs no switches for that.
 */
public final class Mutant implements AutoCloseable {

    /** Loads our own classes itself, and the changed ones before all others. */
    private static final class OwnClassesFirst extends URLClassLoader {
        OwnClassesFirst(URL[] urls, ClassLoader parent) {
            super(urls, parent);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith("dev.freshet.")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }

        @Override
        public @Nullable URL getResource(String name) {
            URL own = findResource(name);
            return own == null ? super.getResource(name) : own;
        }
    }

    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    /** For all compilations, because it remembers what is in the jars. */
    private static final StandardJavaFileManager FILES = COMPILER.getStandardFileManager(null, null, null);

    private final OwnClassesFirst loader;
    private final Object simulation;

    /**
     * Compiles what changed.
     *
     * @param directory where, which is empty
     * @param simulation a public class with a public constructor without arguments
     */
    public Mutant(Mutation mutation, Path directory, Class<?> simulation)
            throws IOException, ReflectiveOperationException {
        String classPath = System.getProperty("java.class.path");
        for (Map.Entry<String, String> file : mutation.changedFiles().entrySet()) {
            Path changed = directory.resolve(file.getKey());
            Files.createDirectories(changed.getParent());
            Files.writeString(changed, file.getValue());
            if (file.getKey().endsWith(".java")) {
                compile(changed, classPath, directory);
            }
        }
        List<URL> urls = new ArrayList<>();
        urls.add(directory.toUri().toURL());
        for (String element : classPath.split(File.pathSeparator, -1)) {
            urls.add(url(element));
        }
        loader = new OwnClassesFirst(urls.toArray(URL[]::new), Mutant.class.getClassLoader());
        this.simulation =
                loader.loadClass(simulation.getName()).getConstructor().newInstance();
    }

    private static URL url(String element) throws MalformedURLException {
        return Path.of(element).toUri().toURL();
    }

    private static void compile(Path source, String classPath, Path output) {
        StringWriter said = new StringWriter();
        List<String> options = List.of("-proc:none", "-nowarn", "-cp", classPath, "-d", output.toString());
        boolean compiled = COMPILER.getTask(said, FILES, null, options, null, FILES.getJavaFileObjects(source))
                .call();
        if (!compiled) {
            throw new IllegalStateException(source + " does not compile:\n" + said);
        }
    }

    /** Returns the first pinned history that breaks a promise, with the promise, or null. */
    @Nullable
    public String breachInPinnedHistories() throws ReflectiveOperationException {
        return (String)
                simulation.getClass().getMethod("breachInPinnedHistories").invoke(simulation);
    }

    /** Runs seeds until a promise breaks. Returns that seed, or -1. */
    public long firstBreach(int seeds) throws ReflectiveOperationException {
        return (long) simulation
                .getClass()
                .getMethod("firstBreach", long.class, int.class)
                .invoke(simulation, 0L, seeds);
    }

    /** Returns the promise that a seed breaks. */
    public String breachOf(long seed) throws ReflectiveOperationException {
        return String.valueOf(
                simulation.getClass().getMethod("breachOf", long.class).invoke(simulation, seed));
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
