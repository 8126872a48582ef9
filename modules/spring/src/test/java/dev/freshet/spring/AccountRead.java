package dev.freshet.spring;

import org.jspecify.annotations.Nullable;

/** Each way in which a cached value is read. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
enum AccountRead {
    BLOCKING(Accounts::find),
    BLOCKING_SYNC(Accounts::findSync),
    FUTURE((accounts, id) -> accounts.findFuture(id).join()),
    FUTURE_SYNC((accounts, id) -> accounts.findFutureSync(id).join());

    @FunctionalInterface
    private interface Finder {
        @Nullable
        String find(Accounts accounts, String id);
    }

    private final Finder finder;

    AccountRead(Finder finder) {
        this.finder = finder;
    }

    @Nullable
    String find(Accounts accounts, String id) {
        return finder.find(accounts, id);
    }
}
