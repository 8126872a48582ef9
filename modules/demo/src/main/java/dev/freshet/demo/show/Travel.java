package dev.freshet.demo.show;

import dev.freshet.demo.load.Member;
import dev.freshet.demo.load.Member.Applied;
import dev.freshet.demo.load.Write;
import java.util.List;
import java.util.Optional;

/** Tells how one change travels: into the log or into Redis, and from there to each replica. */
public final class Travel {

    private Travel() {}

    /**
     * Returns the change in one line, like {@code PUT user:17 → log #412 → r1 0.8 ms ✓ r2 0.9 ms ✓ r3 …}. The times are what
     * is measured of that replica.
     *
     * @param members the replicas; the naive one is left out, since it knows nothing of changes that it missed
     */
    public static String line(Write write, List<Member> members) {
        StringBuilder line = new StringBuilder("PUT user:" + write.user() + " → " + write.place() + " →");
        for (Member member : members) {
            if (!member.replica().isNaive()) {
                line.append(' ').append(member.replica().name()).append(' ').append(arrived(write, member));
            }
        }
        return line.toString();
    }

    private static String arrived(Write write, Member member) {
        return find(write, member)
                .map(applied ->
                        Picture.millis(Math.max(1, applied.staleMicros())) + (applied.isReplayed() ? " ↺" : " ✓"))
                .orElse("…");
    }

    /** Returns whether every replica has applied it. */
    public static boolean isComplete(Write write, List<Member> members) {
        return members.stream().filter(member -> !member.replica().isNaive()).allMatch(member -> find(write, member)
                .isPresent());
    }

    private static Optional<Applied> find(Write write, Member member) {
        return member.appliedFrom(member.appliedCount() - 1_000).stream()
                .filter(applied ->
                        applied.number() == write.number() && applied.history().equals(write.history()))
                .findFirst();
    }
}
