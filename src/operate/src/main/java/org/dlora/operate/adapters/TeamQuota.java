package org.dlora.operate.adapters;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.operate.Administration;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;
import org.dlora.security.Access;

/**
 * The most that the adapters of a team may take, asked before anything is fetched or written. It
 * holds for calls that are limited to some adapters, and counts those that they may change. Of
 * calls at the same time no two find the same room. Thread-safe.
 */
public final class TeamQuota {
    /** Bounds nothing. */
    public static final TeamQuota NONE =
            new TeamQuota(Integer.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);

    private static final long MEGABYTE = 1 << 20;

    private final int versions;
    private final long bytes;
    private final int pins;

    /** Names of adapters that calls are adding versions to, one for each version. */
    private final List<String> adding = new ArrayList<>();

    /**
     * @param versions that are not retired, unfinished acquisitions among them
     * @param bytes of their contents, each once
     * @param pins adapters that are never evicted
     */
    public TeamQuota(int versions, long bytes, int pins) {
        this.versions = versions;
        this.bytes = bytes;
        this.pins = pins;
    }

    /**
     * Adds a version if a call may. Its room is kept until the change has ended.
     *
     * @param name of the adapter that gets the version
     * @throws CommandRefusedException if its adapters have as many, or as large ones
     */
    public <T> T add(
            Administration administration, Access access, String name, Supplier<T> change) {
        if (!access.isLimited()) {
            return change.get();
        }
        synchronized (this) {
            requireVersion(administration, access);
            adding.add(name);
        }
        try {
            return change.get();
        } finally {
            synchronized (this) {
                adding.remove(name);
            }
        }
    }

    /**
     * Begins a job that adds a version, if a call may. The job keeps its room.
     *
     * @param begin has listed the job when it returns
     * @throws CommandRefusedException as {@link #add} does
     */
    public <T> T begin(Administration administration, Access access, Supplier<T> begin) {
        if (!access.isLimited()) {
            return begin.get();
        }
        synchronized (this) {
            requireVersion(administration, access);
            return begin.get();
        }
    }

    /** Returns the owner of a call's jobs; empty where nobody is known apart. */
    public static String owner(Access access) {
        return access.teamName().or(access::keyId).orElse("");
    }

    /**
     * Checks that a call may add a version.
     *
     * @throws CommandRefusedException if its adapters have as many, or as large ones
     */
    private void requireVersion(Administration administration, Access access) {
        long count =
                own(administration, access).count()
                        + acquired(administration, access)
                        + adding.stream().filter(access::mayChange).count();
        if (count >= versions) {
            throw full(
                    "Your team's adapters have %d versions, and %d are the most (dlora.adapters.team.max-versions). Retire some: DELETE /admin/adapters/NAME/versions/NUMBER."
                            .formatted(count, versions));
        }
        long taken = bytes(administration, access);
        if (taken >= bytes) {
            throw CommandRefusedException.of(
                    Kind.TOO_LARGE,
                    "Your team's adapters have %d MB, and %d MB are the most (dlora.adapters.team.max-bytes). Retire versions that nobody needs: DELETE /admin/adapters/NAME/versions/NUMBER."
                            .formatted(taken / MEGABYTE, bytes / MEGABYTE));
        }
    }

    private static Stream<VersionRecord> own(Administration administration, Access access) {
        return administration.models().catalogue().entries().stream()
                .filter(entry -> access.mayChange(entry.name()))
                .map(CatalogueEntry::record)
                .flatMap(record -> record.versions().values().stream())
                .filter(VersionRecord::isServable);
    }

    /**
     * Returns the number of unfinished acquisitions of adapters that the call may change. Uploads
     * whose name has not come are their owner's.
     */
    private static long acquired(Administration administration, Access access) {
        if (!administration.allowsAcquisitions()) {
            return 0;
        }
        return administration.acquisitions().all().stream()
                .filter(job -> !job.report().state().isEnded())
                .filter(job ->
                        Optional.ofNullable(job.report().name())
                                .map(access::mayChange)
                                .orElse(job.owner().equals(owner(access))))
                .count();
    }

    /** Returns the bytes of the contents; versions that differ in defaults share theirs. */
    private static long bytes(Administration administration, Access access) {
        var counted = new HashSet<Optional<String>>();
        return own(administration, access)
                .filter(version -> version.weights().isEmpty() || counted.add(version.weights()))
                .mapToLong(version -> version.facts().bytes().orElse(0))
                .sum();
    }

    /**
     * Checks that a call may pin an adapter.
     *
     * @throws CommandRefusedException if its adapters have as many pins
     */
    public void requirePin(Administration administration, Access access, String name) {
        if (!access.isLimited()) {
            return;
        }
        long pinned =
                administration.residency().reports().stream()
                        .filter(report -> !report.adapter().name().equals(name))
                        .filter(report -> access.mayChange(report.adapter().name()))
                        .filter(report ->
                                report.memories().stream().anyMatch(at -> at.status().pinned()))
                        .count();
        if (pinned >= pins) {
            throw full(
                    "Your team has pinned %d adapters, and %d are the most (dlora.adapters.team.max-pins). Unpin another first: POST /admin/adapters/NAME/unpin."
                            .formatted(pinned, pins));
        }
    }

    /**
     * Pins or unpins an adapter if a call may. Pins of calls that are limited wait for each other,
     * so that no two find the same room.
     *
     * @throws CommandRefusedException as {@link #requirePin} does
     */
    void pin(Administration administration, Access access, String name, boolean pinned) {
        if (!pinned || !access.isLimited()) {
            write(administration, name, pinned);
            return;
        }
        synchronized (this) {
            requirePin(administration, access, name);
            write(administration, name, true);
        }
    }

    private static void write(Administration administration, String name, boolean pinned) {
        administration.guard().pin(name, pinned);
        administration.residency().pin(name, pinned);
    }

    private static CommandRefusedException full(String message) {
        return CommandRefusedException.of(Kind.QUOTA, message);
    }
}
