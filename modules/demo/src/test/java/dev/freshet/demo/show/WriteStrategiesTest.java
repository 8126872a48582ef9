package dev.freshet.demo.show;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteStrategiesTest {

    /** The load renames whole teams: the value that was written may be overwritten before the other replica reads it. */
    @Test
    void whatWasWrittenOnceMoreMeanwhileCountsAsSeen() throws IOException {
        HttpServer replica = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        replica.createContext("/", exchange -> {
            boolean isWrite = exchange.getRequestMethod().equals("PUT");
            byte[] answer = ("{\"name\":\"of the team\",\"version\":" + (isWrite ? 7 : 8) + ",\"motto\":\"Fresh\"}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        replica.start();
        try {
            URI address = URI.create("http://127.0.0.1:" + replica.getAddress().getPort());
            List<String> lines = new WriteStrategies(HttpClient.newHttpClient(), List.of(address, address), 1).show();
            assertThat(lines).hasSize(5).noneMatch(line -> line.contains("not seen"));
            assertThat(WriteStrategies.isLater("{\"version\": 7}", "{\"version\": 7}"))
                    .as("the value that was there before has a lower version, and what was written has this one")
                    .isFalse();
            assertThat(WriteStrategies.isLater("{\"motto\":\"a\"}", "{\"motto\":\"b\"}"))
                    .isFalse();
        } finally {
            replica.stop(0);
        }
    }
}
