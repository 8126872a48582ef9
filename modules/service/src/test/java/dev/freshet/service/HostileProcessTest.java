package dev.freshet.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.secret.SecretFiles;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.testkit.TestCertificates;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes with little memory and few file descriptors. */
final class HostileProcessTest {

    private static final Pattern PORTS =
            Pattern.compile("takes requests at port ([0-9]+), management at port ([0-9]+)");

    /** A process that runs {@link HostileMain}. */
    private record Child(Process process, BufferedReader out, int port, int managementPort) implements AutoCloseable {

        static Child start(String shell, String... javaFlags) throws IOException {
            return start(shell, List.of(javaFlags), List.of());
        }

        static Child start(String shell, List<String> javaFlags, List<String> arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    "bash", "-c", shell + "exec \"$@\"", "child", System.getProperty("java.home") + "/bin/java"));
            command.addAll(javaFlags);
            command.addAll(List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    HostileMain.class.getName(),
                    "--management-host",
                    "127.0.0.1"));
            command.addAll(arguments);
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            StringBuilder said = new StringBuilder();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                said.append(line).append('\n');
                Matcher matcher = PORTS.matcher(line);
                if (matcher.find()) {
                    return new Child(
                            process, out, Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
                }
            }
            throw new AssertionError("the process ended: " + said);
        }

        int get(boolean management, String path) {
            try (RawConnection connection = RawConnection.to(management ? managementPort : port)) {
                return connection
                        .send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        .read()
                        .status();
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/full", "/thread"})
    void aProcessWithoutMemoryEnds(String path) throws Exception {
        try (Child child = Child.start("", "-Xmx48m");
                RawConnection connection = RawConnection.to(child.port())) {
            connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");

            assertThat(child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(child.process().exitValue()).isEqualTo(3);
            assertThat(child.out().lines()).anyMatch(line -> line.contains("out of memory"));
        }
    }

    @Test
    void silentConnectionsTakeNoPortDownWhereDescriptorsAreFew() throws Exception {
        List<RawConnection> silent = new ArrayList<>();
        try (Child child = Child.start("ulimit -n 128; ", "-Xmx64m")) {
            // The classes of this process come from folders, not from one open jar: to load one needs a descriptor.
            for (String path : List.of("/x", "/metrics", "/health/live")) {
                child.get(false, path);
                child.get(true, path);
            }
            for (int i = 0; i < 150; i++) {
                silent.add(RawConnection.to(child.port()));
                silent.add(RawConnection.to(child.managementPort()));
            }

            await().until(() -> child.get(false, "/x") == 200);
            await().until(() -> child.get(true, "/health/live") == 200);
            await().until(() -> child.get(true, "/metrics") == 200);
        } finally {
            silent.forEach(RawConnection::close);
        }
    }

    @Test
    void aClientThatNegotiatesTlsAgainIsRefused(@TempDir Path folder) throws Exception {
        TestCertificates authority = TestCertificates.in(folder);
        TestCertificates.Issued issued = authority.issue("server", "EC", TestCertificates.LOOPBACK);
        List<String> files = List.of(
                "--http-tls-certificate",
                issued.certificate().toString(),
                "--http-tls-key",
                issued.key().toString());
        try (Child child = Child.start("", List.of("-Xmx64m"), files);
                SSLSocket client = (SSLSocket) SecretFiles.clientContext(authority.ca(), null, null)
                        .getSocketFactory()
                        .createSocket("localhost", child.port())) {
            client.setSoTimeout(60_000);
            client.setEnabledProtocols(new String[] {"TLSv1.2"});
            client.startHandshake();
            assertThat(exchange(client)).startsWith("HTTP/1.1 200 OK");

            assertThatThrownBy(() -> {
                        client.startHandshake();
                        exchange(client);
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    private static String exchange(SSLSocket client) throws IOException {
        client.getOutputStream()
                .write("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] answer = new byte[4096];
        int bytes = client.getInputStream().read(answer);
        if (bytes < 0) {
            throw new IOException("closed");
        }
        return new String(answer, 0, bytes, StandardCharsets.US_ASCII);
    }

    /** The last answer of each connection says that it is the last, so that its client sends the next request elsewhere. */
    @Test
    void onSigtermNoConnectionLosesARequest() throws Exception {
        AtomicInteger told = new AtomicInteger();
        AtomicInteger lost = new AtomicInteger();
        CountDownLatch busy = new CountDownLatch(50);
        List<Thread> clients = new ArrayList<>();
        try (Child child = Child.start("", "-Xmx64m")) {
            for (int i = 0; i < 50; i++) {
                Thread client = new Thread(() -> {
                    try (RawConnection connection = RawConnection.to(child.port())) {
                        for (int sent = 0; ; sent++) {
                            RawConnection.Answer answer = connection
                                    .send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                    .read();
                            if (answer.status() != 200) {
                                lost.incrementAndGet();
                                return;
                            }
                            if (answer.header("Connection").equals("close")) {
                                told.incrementAndGet();
                                return;
                            }
                            if (sent == 3) {
                                busy.countDown();
                            }
                        }
                    }
                });
                client.start();
                clients.add(client);
            }
            assertThat(busy.await(60, TimeUnit.SECONDS)).isTrue();

            child.process().destroy(); // SIGTERM
            for (Thread client : clients) {
                client.join(60_000);
            }
            assertThat(lost).hasValue(0);
            assertThat(told).hasValue(50);
            assertThat(child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(child.process().exitValue()).isZero();
        }
    }

    /** The streams of one HTTP/2 connection have no bound but memory. */
    @Test
    void noPortSpeaksHttp2() throws Exception {
        try (Child child = Child.start("", "-Xmx64m")) {
            for (int port : List.of(child.port(), child.managementPort())) {
                try (RawConnection connection = RawConnection.to(port)) {
                    String answer = connection
                            .send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
                            .readAll();
                    assertThat(answer).containsPattern("^HTTP/[0-9.]+ 400 ");
                }
            }
        }
    }
}
