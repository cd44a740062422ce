package org.dlora.api.admin.adapters;

import java.util.List;
import java.util.Map;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.scheduling.residency.CopyTarget;
import org.dlora.scheduling.residency.KvTarget;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * An adapter memory with the last decision on it.
 *
 * @param memory its name
 * @param limit bytes of all uses together
 * @param available bytes that a load may take
 * @param bytes bytes that are taken or planned, by use
 * @param lastPlan null before the first
 * @param kv the KV caches that share the memory
 * @param copies the copies of merged weights that share the memory
 */
@JsonNaming(SnakeCaseStrategy.class)
record MemoryReportBody(
        String memory,
        List<String> replicas,
        long limit,
        long available,
        Map<String, Long> bytes,
        @Nullable PlanBody lastPlan,
        List<CacheBody> kv,
        List<CopiesBody> copies) {

    /**
     * A plan; adapters are named by their ids.
     *
     * @param age seconds since it was made
     */
    record PlanBody(
            double age,
            List<String> evict,
            List<String> close,
            List<TargetBody> kv,
            List<ReleaseBody> copies,
            List<String> load,
            List<String> impossible,
            List<ReasonBody> reasons) {
        static @Nullable PlanBody of(MemoryReport.@Nullable Planned planned) {
            if (planned == null) {
                return null;
            }
            var plan = planned.plan();
            return new PlanBody(
                    planned.age(),
                    plan.evict(),
                    plan.close(),
                    plan.kv().stream().map(TargetBody::of).toList(),
                    plan.copies().stream().map(ReleaseBody::of).toList(),
                    plan.load(),
                    plan.impossible(),
                    plan.reasons().stream().map(ReasonBody::of).toList());
        }
    }

    /**
     * A new size of a KV cache.
     *
     * @param blocks that are to be usable
     */
    record TargetBody(String replica, int blocks, String why) {
        static TargetBody of(KvTarget target) {
            return new TargetBody(target.replica(), target.blocks(), target.why());
        }
    }

    /**
     * Copies of merged weights that a replica gives back.
     *
     * @param all whether those in effect are given back too
     */
    record ReleaseBody(String replica, boolean all, String why) {
        static ReleaseBody of(CopyTarget target) {
            return new ReleaseBody(target.replica(), target.all(), target.why());
        }
    }

    /** The reason of the decision on one adapter. */
    record ReasonBody(String adapter, String text) {
        static ReasonBody of(ResidencyPlan.Reason reason) {
            return new ReasonBody(reason.adapter(), reason.text());
        }
    }

    /**
     * The KV cache of one replica; all figures but {@code bytes} are blocks.
     *
     * @param most all of them, withheld ones among them
     * @param least blocks that it keeps
     */
    record CacheBody(
            String replica,
            int usable,
            int most,
            int least,
            int held,
            int free,
            int cached,
            long bytes) {
        static CacheBody of(MemoryReport.Cache cache) {
            return new CacheBody(
                    cache.replica(),
                    cache.usable(),
                    cache.most(),
                    cache.least(),
                    cache.held(),
                    cache.free(),
                    cache.cached(),
                    cache.status().bytes());
        }
    }

    /**
     * The copies of merged weights of one replica.
     *
     * @param used bytes of those in effect or being built
     * @param idle bytes of those that are kept for later merges
     * @param wanted bytes that a build waits for
     * @param kept id of the adapter that the idle ones hold; null if there is none
     */
    record CopiesBody(String replica, long used, long idle, long wanted, @Nullable String kept) {
        static CopiesBody of(MemoryReport.Copies copies) {
            return new CopiesBody(
                    copies.replica(),
                    copies.usedBytes(),
                    copies.idleBytes(),
                    copies.wantedBytes(),
                    copies.kept().orElse(null));
        }
    }

    static MemoryReportBody of(MemoryReport report) {
        return new MemoryReportBody(
                report.name(),
                report.replicas(),
                report.limit(),
                report.available(),
                report.bytes(),
                PlanBody.of(report.lastPlan()),
                report.kv().stream().map(CacheBody::of).toList(),
                report.copies().stream().map(CopiesBody::of).toList());
    }
}
