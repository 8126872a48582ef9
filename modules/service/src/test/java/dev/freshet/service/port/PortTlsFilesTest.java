package dev.freshet.service.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.testkit.TestCertificates;
import dev.freshet.testkit.TestCertificates.Issued;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A port that speaks TLS follows its files. */
@SuppressWarnings("NullAway.Init") // before all tests
final class PortTlsFilesTest extends PortOverTls {

    private static Issued second;
    private static Issued expired;

    @BeforeAll
    static void issueMore() {
        second = authority.issue("second", "EC", TestCertificates.LOOPBACK);
        expired = authority.issueExpired("expired");
    }

    @Test
    void certificatesAreReplacedUnderLoadWithoutAFailedRequest() throws Exception {
        int port = listen();
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicLong answered = new AtomicLong();
        ExecutorService callers = Executors.newFixedThreadPool(3);
        List<Future<?>> loads = new ArrayList<>();
        try {
            loads.add(callers.submit(() -> {
                try (RawConnection kept = connect(port)) {
                    while (!isOver.get()) {
                        assertThat(kept.send(GET).read().status()).isEqualTo(200);
                        answered.incrementAndGet();
                    }
                }
            }));
            for (int i = 0; i < 2; i++) {
                loads.add(callers.submit(() -> {
                    while (!isOver.get()) {
                        assertThat(get(port, trusting(null))).isEqualTo(200);
                        answered.incrementAndGet();
                    }
                }));
            }
            for (Issued next : List.of(second, first, second)) {
                String before = shownAt(port);
                use(next);
                await().until(() -> !shownAt(port).equals(before));
                long soFar = answered.get();
                await().until(() -> answered.get() > soFar + 20);
            }
        } finally {
            isOver.set(true);
            callers.shutdown();
        }
        for (Future<?> load : loads) {
            succeeds(load);
        }
        assertThat(misconfigured()).isZero();
    }

    private static void succeeds(Future<?> load) throws Exception {
        try {
            assertThat(load.get(60, TimeUnit.SECONDS)).isNull();
        } catch (ExecutionException e) {
            throw new AssertionError("a request failed", e.getCause());
        }
    }

    @FunctionalInterface
    private interface Damage {
        void to(PortTlsFilesTest test) throws IOException;
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                damage("key of another", test -> test.copy(second.key(), "tls.key"), "does not belong to"),
                damage("no file", test -> Files.delete(test.folder.resolve("tls.crt")), "does not exist"),
                damage("no key", test -> test.write("tls.key"), "holds no private key"),
                damage("no certificate", test -> test.write("tls.crt"), "holds no certificate"),
                damage("expired", test -> test.use(expired), "expired"),
                damage("no authority", test -> test.write("ca.pem"), "holds no certificate"));
    }

    private static Arguments damage(String name, Damage damage, String told) {
        return Arguments.of(Named.of(name, damage), told);
    }

    private void write(String name) throws IOException {
        Files.writeString(folder.resolve(name), "hush-hush");
    }

    @ParameterizedTest
    @MethodSource("damages")
    void filesThatCannotBeUsedLeaveTheOldInUseAndShow(Damage damage, String told) throws Exception {
        int port = listen("http.tls.client-ca", file("ca.pem"));
        try (LogWatch log = LogWatch.start()) {
            damage.to(this);

            await().until(() -> misconfigured() == 1);
            assertThat(ports.misconfiguration())
                    .contains("http.tls", told, "stays in use")
                    .doesNotContain("hush");
            assertThat(get(port, trusting(client))).isEqualTo(200);

            use();
            await().until(() -> misconfigured() == 0);
            assertThat(ports.misconfiguration()).isNull();
            assertThat(log.lines().stream().filter(line -> line.contains(told))).hasSize(1);
        }
    }

    @Test
    void filesThatCannotBeUsedAtTheStartAreNamed() throws Exception {
        copy(second.key(), "tls.key");

        assertThatThrownBy(this::listen)
                .hasMessageContaining("http.tls")
                .hasMessageContaining(file("tls.key"))
                .hasMessageContaining("does not belong to");
    }

    @Test
    void theRestOfTheCertificatesLifeIsAMetric() throws Exception {
        assertThat(listen()).isPositive();

        // Issued yesterday for thirty days.
        assertThat(metrics.get("freshet.certificate.remaining")
                        .tag("setting", "http.tls")
                        .gauge()
                        .value())
                .isBetween(0.9, 0.98);
    }
}
