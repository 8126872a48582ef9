/** A small real application: users in a database, read through the subscriber's cache, written aside. What a newcomer copies from; read {@link dev.freshet.demo.app.UserRoutes} first. */
@NullMarked
package dev.freshet.demo.app;

import org.jspecify.annotations.NullMarked;
