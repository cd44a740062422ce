package org.dlora.audit;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An administrative action that the running thread takes. Services describe what they change; the
 * store writes the description in the same transaction, so that neither is there without the other.
 * An action that changes a subject in several transactions has one row of it. For one thread.
 */
public final class AuditedAction {
    private static final ScopedValue<AuditedAction> CURRENT = ScopedValue.newInstance();

    private final String actor;
    private final String action;

    /** Entries that have been committed, by their subjects. */
    private final Map<String, AuditEntry> entries = new HashMap<>();

    /** Keys of their rows. */
    private final Map<String, Long> rows = new HashMap<>();

    private @Nullable AuditEntry entry;

    /**
     * Makes an action that is taken in parts.
     *
     * @param actor as the audit names who takes it
     * @param action such as {@code scheduling.update}
     */
    public AuditedAction(String actor, String action) {
        this.actor = actor;
        this.action = action;
    }

    /**
     * Returns the result of an action.
     *
     * @param actor as the audit names who takes it
     * @param action such as {@code key.create}
     */
    public static <T> T call(String actor, String action, Supplier<T> change) {
        return new AuditedAction(actor, action).part(change);
    }

    /** Returns the result of a part of this action. No two parts run at a time. */
    public <T> T part(Supplier<T> change) {
        return ScopedValue.where(CURRENT, this).call(change::get);
    }

    /** Returns the running action; empty if the server changes something by itself. */
    public static Optional<AuditedAction> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** Returns the author of the running action; empty if that is the server. */
    public static Optional<String> currentActor() {
        return current().map(running -> running.actor);
    }

    /**
     * Describes what the running action is about to write. Does nothing if there is none.
     *
     * @param before values of JSON, null if there are none
     * @param after values of JSON, null if there are none
     */
    public static void describe(
            String subject, @Nullable Map<String, ?> before, @Nullable Map<String, ?> after) {
        current().ifPresent(running -> running.take(subject, before, after));
    }

    private void take(
            String subject, @Nullable Map<String, ?> before, @Nullable Map<String, ?> after) {
        var known = entries.get(subject);
        entry =
                known == null
                        ? new AuditEntry(actor, action, subject, before, after)
                        : known.and(before, after);
    }

    /** Returns {@code later} with what has been committed of its subject already. */
    public AuditEntry merged(AuditEntry later) {
        var known = entries.get(later.subject());
        return known == null ? later : known.and(later.before(), later.after());
    }

    /** Returns the entry to be written with the change; empty if none has been described. */
    public Optional<AuditEntry> entry() {
        return Optional.ofNullable(entry);
    }

    /** Notes that the row of an entry has been committed. */
    public void written(AuditEntry committed, long key) {
        rows.put(committed.subject(), key);
        entries.put(committed.subject(), committed);
    }

    /** Returns the key of the committed row of a subject; empty if there is none. */
    public Optional<Long> row(String subject) {
        return Optional.ofNullable(rows.get(subject));
    }
}
