package org.dlora.console.page;

import static java.util.Map.entry;

import java.util.Map;
import java.util.TreeMap;
import org.dlora.catalogue.history.AuditRecord;

/**
 * Label and sentence of an action of the audit.
 *
 * @param label name of the action, for tables
 * @param pattern of the sentence: {@code %1$s} is who did it, {@code %2$s} to what
 */
public record AuditWords(String label, String pattern) {
    private static final Map<String, AuditWords> KNOWN =
            Map.ofEntries(
                    known("acquisition.cancel", "job cancelled", "%1$s cancelled the job %2$s."),
                    known(
                            "adapter.acquire",
                            "adapter fetch ordered",
                            "%1$s ordered a fetch of %2$s."),
                    known(
                            "adapter.add_version",
                            "version added",
                            "%1$s added a version of %2$s from a folder."),
                    known(
                            "adapter.copy",
                            "adapter copy ordered",
                            "%1$s ordered a copy of %2$s to another memory."),
                    known("adapter.delete", "adapter deleted", "%1$s deleted the adapter %2$s."),
                    known(
                            "adapter.delete_aliases",
                            "alias removed",
                            "%1$s removed an alias of %2$s."),
                    known("adapter.delete_gate", "gate removed", "%1$s removed the gate of %2$s."),
                    known(
                            "adapter.delete_versions",
                            "version retired",
                            "%1$s retired a version of %2$s."),
                    known("adapter.evict", "adapter evicted", "%1$s had %2$s evicted."),
                    known("adapter.gate", "gate run", "%1$s had the gate of %2$s run."),
                    known("adapter.load", "adapter loaded", "%1$s had %2$s loaded."),
                    known(
                            "adapter.move",
                            "adapter move ordered",
                            "%1$s ordered a move of %2$s to another memory."),
                    known("adapter.pin", "adapter pinned", "%1$s pinned %2$s."),
                    known(
                            "adapter.register",
                            "adapter registered",
                            "%1$s registered the adapter %2$s."),
                    known(
                            "adapter.roll_back",
                            "route rolled back",
                            "%1$s rolled a route of %2$s back."),
                    known("adapter.route", "route changed", "%1$s changed a route of %2$s."),
                    known("adapter.set_gate", "gate changed", "%1$s changed the gate of %2$s."),
                    known("adapter.unpin", "adapter unpinned", "%1$s unpinned %2$s."),
                    known(
                            "adapter.unregister",
                            "adapter removed",
                            "%1$s took the adapter %2$s out of service."),
                    known("adapter.update", "adapter changed", "%1$s changed the adapter %2$s."),
                    known(
                            "adapter.upload",
                            "adapter upload accepted",
                            "%1$s uploaded files for %2$s, which its job checks."),
                    known("demo-traffic.begin", "demo traffic begun", "%1$s began demo traffic."),
                    known("demo-traffic.end", "demo traffic ended", "The demo traffic has ended."),
                    known(
                            "diagnostics.download",
                            "diagnostics downloaded",
                            "%1$s downloaded the diagnostics."),
                    known("key.create", "key made", "%1$s made the key %2$s."),
                    known(
                            "key.purge",
                            "ended keys removed",
                            "%1$s removed keys that ended long ago."),
                    known("key.revoke", "key revoked", "%1$s revoked the key %2$s."),
                    known("key.rotate", "key rotated", "%1$s rotated the key %2$s."),
                    known("key.update", "key changed", "%1$s changed the key %2$s."),
                    known("log.download", "log downloaded", "%1$s downloaded the log."),
                    known("log.level", "log level set", "%1$s set the level of the logger %2$s."),
                    known(
                            "manifest.accept",
                            "manifest accepted",
                            "The manifest %2$s was accepted."),
                    known("rebalance.run", "rebalance ordered", "%1$s ordered a rebalance."),
                    known("replica.drain", "replica drained", "%1$s drained replica %2$s."),
                    known("replica.restart", "replica restarted", "%1$s restarted replica %2$s."),
                    known("replica.resume", "replica resumed", "%1$s resumed replica %2$s."),
                    known(
                            "request.move",
                            "request move ordered",
                            "%1$s ordered a move of a request."),
                    known("request.replay", "request replayed", "%1$s replayed a request."),
                    known(
                            "scheduling.update",
                            "scheduling changed",
                            "%1$s changed the scheduling of %2$s."),
                    known("team.create", "team made", "%1$s made the team %2$s."),
                    known("team.delete", "team deleted", "%1$s deleted the team %2$s."),
                    known("team.update", "team changed", "%1$s changed the team %2$s."),
                    known("user.create", "user made", "%1$s made the user %2$s."),
                    known("user.delete", "user removed", "%1$s removed the user %2$s."),
                    known(
                            "user.lock_out",
                            "sign-ins locked",
                            "%1$s may not sign in for a while: too many attempts failed, the last as %2$s."),
                    known("user.password", "password changed", "%2$s changed the password."),
                    known("user.sign_in", "sign-in", "%2$s signed in."),
                    known("user.sign_in_failed", "sign-in failed", "A sign-in as %2$s failed."),
                    known("user.sign_out", "sign-out", "%2$s signed out."),
                    known("user.unlock", "user unlocked", "%1$s unlocked the user %2$s."),
                    known("user.update", "user changed", "%1$s changed the user %2$s."));

    /** Words of moves by action and outcome. */
    private static final Map<String, AuditWords> MOVES =
            Map.ofEntries(
                    known("request.move moved", "request moved", "%1$s moved a request."),
                    known(
                            "request.move ended",
                            "request not moved",
                            "%1$s ordered a move of a request, which ended before."),
                    known(
                            "request.move failed",
                            "request not moved",
                            "%1$s ordered a move of a request, which failed."),
                    known(
                            "adapter.copy moved",
                            "adapter copied",
                            "%1$s copied %2$s to another memory."),
                    known(
                            "adapter.copy failed",
                            "adapter not copied",
                            "%1$s ordered a copy of %2$s to another memory, which failed."),
                    known(
                            "adapter.move moved",
                            "adapter moved",
                            "%1$s moved %2$s to another memory."),
                    known(
                            "adapter.move failed",
                            "adapter not moved",
                            "%1$s ordered a move of %2$s to another memory, which failed."));

    private static Map.Entry<String, AuditWords> known(
            String action, String label, String pattern) {
        return entry(action, new AuditWords(label, pattern));
    }

    /**
     * Returns the words of a line. That of a move says how the move ended, if the line knows it.
     */
    public static AuditWords of(AuditRecord row) {
        var moved = MOVES.get(row.action() + " " + outcome(row));
        return moved == null ? of(row.action()) : moved;
    }

    /** Returns how a move ended; empty of other actions. */
    private static String outcome(AuditRecord row) {
        if (!MOVES.containsKey(row.action() + " moved")) {
            return "";
        }
        return AuditDifference.of(null, row.after()).stream()
                .filter(one -> one.name().equals("outcome"))
                .findFirst()
                .map(AuditDifference::after)
                .orElse("");
    }

    /** Returns whether the line tells of a move that failed. */
    public static boolean isFailedMove(AuditRecord row) {
        return outcome(row).equals("failed");
    }

    /**
     * Returns the words of an action. One that is not known has its name for a label.
     *
     * @param action as {@code key.revoke}
     */
    public static AuditWords of(String action) {
        var words = KNOWN.get(action);
        return words == null
                ? new AuditWords(action, "%1$s: " + action.replace("%", "%%") + " of %2$s.")
                : words;
    }

    /** Returns the words of all actions that have some, by the actions' names in order. */
    public static Map<String, AuditWords> known() {
        return new TreeMap<>(KNOWN);
    }

    /** Returns author, action and object as a sentence. */
    public String sentence(AuditRecord row) {
        return pattern.formatted(Formats.ALL.actor(row.actor()), row.subject());
    }
}
