/**
 * The demo's application: users in a database, cached in each replica. Newcomers can copy from it; read {@link
 * dev.freshet.demo.app.FreshetUsers} first, or for an application with a sidecar {@link dev.freshet.demo.app.RedisUsers}. {@link dev.freshet.demo.app.NaiveUsers} shows what goes wrong without it.
 */
@NullMarked
package dev.freshet.demo.app;

import org.jspecify.annotations.NullMarked;
