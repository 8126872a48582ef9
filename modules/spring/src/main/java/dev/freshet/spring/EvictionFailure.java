package dev.freshet.spring;

/** What becomes of an eviction after a commit that is refused, for example because it is too broad. The transaction has committed. */
public enum EvictionFailure {

    /** It is logged as an error, and counted; the caller goes on. Other replicas may keep the old value until it expires. */
    LOG,

    /** It is also thrown to the caller of the transaction. */
    THROW
}
