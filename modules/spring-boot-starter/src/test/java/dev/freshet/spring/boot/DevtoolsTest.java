package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.spring.boot.devtools.RestartedApplication;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.RedisExtension;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Devtools restarts an application in its process: each start has a class loader of its own, and what holds that one after its end leaks it. */
class DevtoolsTest {

    private static final int STARTS = 5;

    private static final Pattern STARTED = Pattern.compile("started (\\d+) held (\\d+) twins (\\d+)");

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set before the test
    Path folder;

    /** After a start: what earlier ones have left. */
    private record Left(long loaders, long twinThreads, long connections) {}

    @Test
    void restartsLeaveNoClassLoaderNoThreadAndNoConnection() throws IOException {
        List<Left> without = restarted("--freshet.enabled=false", "--spring.cache.type=simple");
        List<Left> left = restarted("--freshet.redis.uri=" + REDIS.uri(), "--freshet.defaults.maximum-entries=100");

        assertThat(left)
                .extracting(Left::loaders)
                .isEqualTo(without.stream().map(Left::loaders).toList());
        assertThat(left).extracting(Left::twinThreads).containsOnly(0L);
        assertThat(left).extracting(Left::connections).containsOnly(left.get(0).connections());
    }

    private List<Left> restarted(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(ChildProcess.java(), "-Xmx256m", "-cp", classPath(), RestartedApplication.class.getName()));
        command.addAll(List.of(arguments));
        command.addAll(
                List.of("--spring.main.web-application-type=none", "--spring.devtools.livereload.enabled=false"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<Left> left = new ArrayList<>();
        try (BufferedReader output = process.inputReader();
                BufferedWriter input = process.outputWriter()) {
            StringBuilder all = new StringBuilder();
            for (String line = output.readLine(); line != null && left.size() < STARTS; line = output.readLine()) {
                all.append(line).append('\n');
                Matcher started = STARTED.matcher(line);
                if (started.matches()) {
                    left.add(new Left(
                            Long.parseLong(started.group(2)),
                            Long.parseLong(started.group(3)),
                            REDIS.server().execute("CLIENT", "LIST").lines().count()));
                    input.newLine();
                    input.flush();
                }
            }
            assertThat(left).as("%s", all).hasSize(STARTS);
        } finally {
            ChildProcess.end(process);
        }
        return left;
    }

    /** Only the application is a folder, which devtools watches; all else, as for a developer, is in jars. */
    private String classPath() throws IOException {
        Path application = Files.createDirectories(folder.resolve("application"));
        String own = RestartedApplication.class.getName().replace('.', '/');
        List<String> entries = new ArrayList<>();
        entries.add(application.toString());
        for (String entry : System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                Path jar = folder.resolve("library-" + entries.size() + ".jar");
                pack(path, jar, own, application);
                entries.add(jar.toString());
            } else {
                entries.add(entry);
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private static void pack(Path classes, Path jar, String own, Path application) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> files = Files.walk(classes)) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                String name = classes.relativize(each).toString();
                if (name.startsWith(own)) {
                    Path copy = application.resolve(name);
                    Files.createDirectories(copy.getParent());
                    Files.copy(each, copy, StandardCopyOption.REPLACE_EXISTING);
                } else {
                    out.putNextEntry(new JarEntry(name));
                    Files.copy(each, out);
                    out.closeEntry();
                }
            }
        }
    }
}
