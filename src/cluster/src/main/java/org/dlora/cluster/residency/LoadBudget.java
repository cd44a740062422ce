package org.dlora.cluster.residency;

import java.util.function.DoubleUnaryOperator;
import java.util.function.LongSupplier;

/**
 * Budget that loads share while requests run, such as processor time. A load books what it has used
 * and rests until the time that has passed pays for it, in the order of the bookings. Unused time
 * is not saved up. Thread-safe.
 */
final class LoadBudget {
    private final DoubleUnaryOperator rate;
    private final LongSupplier clock;
    private double booked;
    private double paid;
    private long settled;

    /**
     * @param rate returns what a nanosecond pays for, given all that was booked
     * @param clock nanoseconds
     */
    LoadBudget(DoubleUnaryOperator rate, LongSupplier clock) {
        this.rate = rate;
        this.clock = clock;
        settled = clock.getAsLong();
    }

    /**
     * Books what a load has used.
     *
     * @param amount that it used
     * @param nanos that it took, which pay for it as well
     * @return the booking, for {@link #unpaid}
     */
    synchronized double book(double amount, long nanos) {
        long began = clock.getAsLong() - nanos;
        if (began > settled) {
            settle(began);
        }
        booked += amount;
        return booked;
    }

    /**
     * Returns the nanoseconds after which a booking is paid for at the present rate; 0 if it is.
     */
    synchronized double unpaid(double booking) {
        double pays = settle(clock.getAsLong());
        return paid >= booking ? 0 : (booking - paid) / pays;
    }

    /** Pays for all that was booked. */
    synchronized void forgive() {
        settled = clock.getAsLong();
        paid = booked;
    }

    /** Lets the time until {@code now} pay; returns the rate. */
    private double settle(long now) {
        double pays = rate.applyAsDouble(booked);
        paid = Math.min(booked, paid + Math.max(0, now - settled) * pays);
        settled = Math.max(settled, now);
        return pays;
    }
}
