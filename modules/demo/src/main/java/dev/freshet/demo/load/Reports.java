package dev.freshet.demo.load;

import java.io.IOException;
import java.util.List;

/** Asks the replicas how they are. */
public final class Reports {

    private final List<Member> members;
    private final Report report;

    public Reports(List<Member> members, Report report) {
        this.members = List.copyOf(members);
        this.report = report;
    }

    /** Asks every replica once. Blocks for a bounded time. */
    public void refresh() throws InterruptedException {
        for (Member member : members) {
            if (member.isHeld()) {
                member.silent();
                continue;
            }
            try {
                report.ask(member);
            } catch (IOException e) {
                member.silent();
            }
        }
    }
}
