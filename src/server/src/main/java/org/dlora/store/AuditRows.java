package org.dlora.store;

import jakarta.persistence.EntityManager;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.audit.AuditEntry;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writer of administrative actions. The row of a change is a part of its transaction. Nothing is
 * written where the settings have no history.
 */
@Service
public class AuditRows {
    /** Characters of a JSON text that are kept. */
    private static final int DETAIL = 100_000;

    /** A key, and its team if it has one, as the audit names who did something. */
    private static final Pattern ACTOR =
            Pattern.compile("(?<key>dlora_[0-9a-f]{12}|admin-key)(?: \\(team (?<team>.+)\\))?");

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build();

    private final EntityManager entities;
    private final boolean enabled;
    private final HistoryKey keys = new HistoryKey(Clock.systemUTC(), new SecureRandom());

    AuditRows(EntityManager entities, Environment settings) {
        this.entities = entities;
        enabled = settings.getProperty("dlora.history.enabled", Boolean.class, true);
    }

    /**
     * Writes what the running action has described, in the running transaction. Does nothing where
     * there is none.
     */
    @Transactional(propagation = Propagation.MANDATORY)
    public void writeCurrent() {
        AuditedAction.current()
                .ifPresent(action -> action.entry().ifPresent(entry -> write(action, entry)));
    }

    private void write(AuditedAction action, AuditEntry entry) {
        if (!enabled) {
            return;
        }
        var known = action.row(entry.subject());
        long key = write(known.orElseGet(keys::next), known.isEmpty(), entry);
        TransactionSynchronizationManager.registerSynchronization(
                new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                        action.written(entry, key);
                    }
                });
    }

    /**
     * Writes an action beside its change, if it has one, and returns the key of its row.
     *
     * @param key of the row
     * @param isNew whether no transaction has written the row; else it has the action from now on
     */
    @Transactional
    public long write(long key, boolean isNew, AuditEntry entry) {
        if (!enabled) {
            return key;
        }
        var row = row(key, entry);
        if (isNew) {
            // Another generator of keys may have chosen the same one.
            for (var there = entities.find(AuditRow.class, row.id);
                    there != null && !there.isSame(row);
                    there = entities.find(AuditRow.class, row.id)) {
                row.id++;
            }
        }
        return entities.merge(row).id;
    }

    private static AuditRow row(long key, AuditEntry entry) {
        var row =
                new AuditRow(
                        new AuditRecord(
                                key,
                                StoredText.name(entry.actor()),
                                StoredText.clean(entry.action(), 64),
                                StoredText.name(entry.subject()),
                                json(entry.before()),
                                json(entry.after())));
        var actor = ACTOR.matcher(entry.actor());
        if (actor.matches()) {
            row.apiKey = StoredText.nameOrNull(actor.group("key"));
            row.team = StoredText.nameOrNull(actor.group("team"));
        }
        return row;
    }

    // Jackson escapes what StoredText would replace, but for halves of surrogate pairs.
    private static @Nullable String json(@Nullable Map<String, ?> values) {
        return values == null ? null : StoredText.clean(JSON.writeValueAsString(values), DETAIL);
    }
}
