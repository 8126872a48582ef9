package dev.freshet.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Gives what a {@code @Cacheable} method returns tags, by which {@link FreshetEvict} and publishers elsewhere evict it.
 *
 * <pre>{@code
 * @Cacheable("users")
 * @FreshetTags("team:#{#result.teamId}")
 * User find(long id) { … }
 * }</pre>
 *
 * <p>Each is a template of SpEL with {@code #result}, the arguments by name, {@code #root.args}, and beans as {@code @name}. An expression
 * that stands alone may return a collection, an array, or null for no tag. An absence has no tags: no expression is evaluated for it.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
public @interface FreshetTags {

    /** The templates of the tags. */
    String[] value();
}
