package dev.freshet.demo.app;

import org.jspecify.annotations.Nullable;

/** Where the users are. Methods block. Safe to use from any thread. */
interface UserSource {

    /** Returns a user; null if there is none. A read that begins after a change was acknowledged sees it. */
    @Nullable
    User find(long id) throws Exception;

    /** Renames a user. The change is acknowledged when this returns. Null if there is no such user. */
    @Nullable
    User rename(long id, String name) throws Exception;
}
