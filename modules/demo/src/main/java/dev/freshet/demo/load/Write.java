package dev.freshet.demo.load;

/**
 * An acknowledged write.
 *
 * @param user the user
 * @param history what counts it: the life of the log that it is in; without a log, the user's key
 * @param number its number in that history
 * @param place where it is, in a word or two
 */
public record Write(long user, String history, long number, String place) {

    static Write logged(long user, String epoch, long sequence) {
        return new Write(user, epoch, sequence, "log #" + sequence);
    }

    static Write inRedis(long user, long version) {
        return new Write(user, "user:" + user, version, "Redis");
    }
}
