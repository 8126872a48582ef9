package dev.freshet.demo.load;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/** Asks the replicas what they have applied. */
public final class Reports {

    private static final Duration TIMEOUT = Duration.ofMillis(500);

    private final HttpClient http;
    private final List<Member> members;

    public Reports(HttpClient http, List<Member> members) {
        this.http = http;
        this.members = List.copyOf(members);
    }

    /** Asks every replica once. Blocks for a bounded time. */
    public void refresh() throws InterruptedException {
        for (Member member : members) {
            if (member.isHeld()) {
                member.silent();
                continue;
            }
            long from = member.nextLine(member.replica().process().starts());
            try {
                HttpRequest request = HttpRequest.newBuilder(
                                member.replica().uri().resolve("/report?from=" + from))
                        .timeout(TIMEOUT)
                        .build();
                HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    member.reported(answer.body().lines().toList());
                } else {
                    member.silent();
                }
            } catch (IOException e) {
                member.silent();
            }
        }
    }
}
