package dev.freshet.benchmarks.footprint;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Stores many small entries over one connection, with many requests in flight. */
final class Filling {

    private static final int MAX_IN_FLIGHT = 100;

    private Filling() {}

    /**
     * Stores the entries. The region must accept stores without a lease.
     *
     * @throws IOException if the subscriber refuses a store
     */
    static void fill(URI service, String region, int entries, int valueBytes) throws IOException {
        String value = "v".repeat(valueBytes);
        try (Socket socket = new Socket(service.getHost(), service.getPort())) {
            OutputStream out = socket.getOutputStream();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            for (int first = 0; first < entries; first += MAX_IN_FLIGHT) {
                int after = Math.min(entries, first + MAX_IN_FLIGHT);
                StringBuilder requests = new StringBuilder();
                for (int i = first; i < after; i++) {
                    requests.append("PUT /v1/regions/" + region + "/entries/user:" + i + " HTTP/1.1\r\n")
                            .append("Host: localhost\r\nContent-Type: text/plain\r\n")
                            .append("Content-Length: " + value.length() + "\r\n\r\n" + value);
                }
                out.write(requests.toString().getBytes(StandardCharsets.US_ASCII));
                for (int i = first; i < after; ) {
                    String line = in.readLine();
                    if (line == null || (line.startsWith("HTTP/1.1") && !line.startsWith("HTTP/1.1 204"))) {
                        throw new IOException("The subscriber refused a store without a lease: " + line);
                    }
                    i += line.startsWith("HTTP/1.1") ? 1 : 0;
                }
            }
        }
    }
}
