/**
 * The demo's application: users in a database, read through the subscriber's cache, written aside. Newcomers can copy from it;
 * read {@link dev.freshet.demo.app.UserRoutes} first.
 */
@NullMarked
package dev.freshet.demo.app;

import org.jspecify.annotations.NullMarked;
