package dev.freshet.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.freshet.service.port.TcpPortSettings;
import dev.freshet.testkit.LoopbackPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the doctor says about a subscriber's RESP port. */
class RespChecksTest {

    private static Finding judge(int port, int managementPort) {
        List<Finding> findings = RespChecks.judge(
                new RespChecks.Ports(new TcpPortSettings("0.0.0.0", port, 10, null), managementPort, false));
        assertThat(findings).hasSize(1);
        return findings.get(0);
    }

    @Test
    void aPortThatNobodyListensAtIsAFault() {
        Finding found = judge(LoopbackPorts.free(), LoopbackPorts.free());
        assertThat(found.level()).isEqualTo(Finding.Level.FAULT);
        assertThat(found.text()).contains("cannot connect to the RESP port 127.0.0.1:");
    }

    @Test
    void theSubscriberSaysWhetherItHearsRedis() throws IOException {
        String[] answer = {"{\"status\":\"ready\"}"};
        HttpServer management = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        management.createContext("/health/ready", exchange -> {
            byte[] body = answer[0].getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        management.start();
        try (ServerSocket resp = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            int port = management.getAddress().getPort();
            assertThat(judge(resp.getLocalPort(), port).level()).isEqualTo(Finding.Level.OK);
            answer[0] = "{\"resp\":\"the RESP port passes all commands on: NOPERM getrange\"}";
            Finding deaf = judge(resp.getLocalPort(), port);
            assertThat(deaf.level()).isEqualTo(Finding.Level.FAULT);
            assertThat(deaf.text()).contains("NOPERM getrange");
            assertThat(String.valueOf(deaf.remedy())).contains("./freshet acl subscriber --resp");
        } finally {
            management.stop(0);
        }
    }

    @Test
    void withoutAnAnswerOfTheManagementPortItSaysOnlyWhatItKnows() throws IOException {
        try (ServerSocket resp = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Finding found = judge(resp.getLocalPort(), LoopbackPorts.free());
            assertThat(found.level()).isEqualTo(Finding.Level.NOTE);
            assertThat(found.text()).contains("can be reached", "does not say");
        }
    }
}
