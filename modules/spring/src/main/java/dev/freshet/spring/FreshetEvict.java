package dev.freshet.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Evicts by tags and prefixes, in every replica, when the method has returned; within a transaction, after its commit. Nothing is evicted
 * if the method throws, or if the transaction rolls back. {@code @CacheEvict} evicts by key.
 *
 * <pre>{@code
 * @FreshetEvict(cacheNames = "users", tags = "team:#{#team.id}")
 * void rename(Team team) { … }
 * }</pre>
 *
 * <p>Names are templates of SpEL as in {@link FreshetTags}. A method that returns a future or a publisher evicts when that completes.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@Repeatable(FreshetEvict.List.class)
public @interface FreshetEvict {

    /** The names of the caches; each must be a Freshet cache. Required, here or in a {@code @CacheConfig} of the class. */
    String[] cacheNames() default {};

    /** The templates of the tags. */
    String[] tags() default {};

    /** The templates of the prefixes of keys. A prefix is that of the key's text: {@code price:} finds the String {@code price:7:EUR}. */
    String[] prefixes() default {};

    /** An expression of SpEL that must be true; empty: always. */
    String condition() default "";

    /** Several of them on one method. */
    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @Inherited
    @Documented
    @interface List {

        /** The annotations. */
        FreshetEvict[] value();
    }
}
