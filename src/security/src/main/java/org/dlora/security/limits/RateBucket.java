package org.dlora.security.limits;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.local.LocalBucket;
import io.github.bucket4j.local.SynchronizationStrategy;
import java.time.Duration;

/**
 * Token bucket of one limit per minute: it is full at first, holds as much as a minute gives, and
 * fills evenly. So a burst after a pause may have the whole limit. Not thread-safe.
 */
final class RateBucket {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /**
     * A part of a bucket that a request has taken.
     *
     * @param limit of the bucket at that time
     */
    record Part(RateBucket bucket, long limit) {
        /**
         * Gives back what was taken and not used. If the limit has changed meanwhile, so has what
         * was taken: the same share of it comes back.
         */
        void giveBack(long count) {
            long share = count * bucket.perMinute / limit;
            if (share > 0) {
                bucket.bucket.addTokens(share);
            }
        }
    }

    private final LocalBucket bucket;
    private long perMinute;

    RateBucket(long perMinute, TimeMeter time) {
        this.perMinute = perMinute;
        bucket =
                Bucket.builder()
                        .addLimit(bandwidth(perMinute))
                        .withCustomTimePrecision(time)
                        .withSynchronizationStrategy(SynchronizationStrategy.NONE)
                        .build();
    }

    private static Bandwidth bandwidth(long perMinute) {
        return Bandwidth.builder().capacity(perMinute).refillGreedy(perMinute, MINUTE).build();
    }

    /** Changes the limit; the share that is left stays. */
    void limit(long changed) {
        if (changed != perMinute) {
            perMinute = changed;
            bucket.replaceConfiguration(
                    BucketConfiguration.builder().addLimit(bandwidth(changed)).build(),
                    TokensInheritanceStrategy.PROPORTIONALLY);
        }
    }

    /** Returns the most that it holds. */
    long limit() {
        return perMinute;
    }

    long remaining() {
        return Math.max(0, bucket.getAvailableTokens());
    }

    /** Returns the time until it holds {@code count}, which is at most its limit. */
    Duration until(long count) {
        return Duration.ofNanos(bucket.estimateAbilityToConsume(count).getNanosToWaitForRefill());
    }

    /** Takes what is there, as {@link #until} has said. */
    Part take(long count) {
        // Bucket4j takes no part of nothing.
        if (count > 0 && !bucket.tryConsume(count)) {
            throw new IllegalStateException("The bucket has fewer than %d".formatted(count));
        }
        return new Part(this, perMinute);
    }
}
