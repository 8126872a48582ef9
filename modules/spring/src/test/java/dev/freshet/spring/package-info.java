/** The contract of Spring's annotations over regions, on a real Redis and PostgreSQL. */
@NullMarked
package dev.freshet.spring;

import org.jspecify.annotations.NullMarked;
