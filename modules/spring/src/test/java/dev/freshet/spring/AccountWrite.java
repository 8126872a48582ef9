package dev.freshet.spring;

/** Each way in which a write evicts. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
enum AccountWrite {
    EVICT(Accounts::rename),
    EVICT_BEFORE(Accounts::renameEvictingBefore),
    EVICT_ALL(Accounts::renameEvictingAll),
    EVICT_PREFIX(Accounts::renameEvictingPrefix),
    PUT(Accounts::put),
    BY_HAND(Accounts::renameEvictingByHand);

    @FunctionalInterface
    private interface Renamer {
        void rename(Accounts accounts, String id, String name);
    }

    private final Renamer renamer;

    AccountWrite(Renamer renamer) {
        this.renamer = renamer;
    }

    void rename(Accounts accounts, String id, String name) {
        renamer.rename(accounts, id, name);
    }
}
