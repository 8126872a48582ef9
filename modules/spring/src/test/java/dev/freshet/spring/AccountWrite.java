package dev.freshet.spring;

import java.util.Arrays;
import java.util.List;

/** Each way in which a write evicts. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
enum AccountWrite {
    EVICT(false, Accounts::rename),
    EVICT_BEFORE(true, Accounts::renameEvictingBefore),
    EVICT_ALL(false, Accounts::renameEvictingAll),
    EVICT_ALL_BEFORE(true, Accounts::renameEvictingAllBefore),
    EVICT_TAG(false, Accounts::renameEvictingTag),
    EVICT_PREFIX(false, Accounts::renameEvictingPrefix),
    PUT(false, Accounts::put),
    BY_HAND(false, Accounts::renameEvictingByHand),
    BY_HAND_AT_ONCE(true, Accounts::renameEvictingByHandAtOnce),
    ALL_BY_HAND_AT_ONCE(true, Accounts::renameEvictingAllByHandAtOnce);

    @FunctionalInterface
    private interface Renamer {
        void rename(Accounts accounts, String id, String name);
    }

    private final boolean isAtOnce;
    private final Renamer renamer;

    AccountWrite(boolean isAtOnce, Renamer renamer) {
        this.isAtOnce = isAtOnce;
        this.renamer = renamer;
    }

    /** Whether it evicts before the commit, and again after it. */
    boolean isAtOnce() {
        return isAtOnce;
    }

    static List<AccountWrite> afterCommit() {
        return Arrays.stream(values()).filter(write -> !write.isAtOnce).toList();
    }

    void rename(Accounts accounts, String id, String name) {
        renamer.rename(accounts, id, name);
    }
}
