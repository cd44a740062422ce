package org.dlora.cluster.replicas;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.engine.ReplicaFigures;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.cost.MeanCosts;

/** Costs of replicas of each kind, averaged over those that serve. */
public final class SharedCosts {
    private final Map<String, CostModel> byKind = new HashMap<>();

    public SharedCosts(ReplicaPool pool) {
        var models = new HashMap<String, List<CostModel>>();
        for (var replica : pool.all()) {
            if (replica.isServing()) {
                var figures = replica.figures();
                models.computeIfAbsent(figures.kind(), _ -> new ArrayList<>()).add(figures.costs());
            }
        }
        models.forEach((kind, each) -> byKind.put(kind, MeanCosts.of(each)));
    }

    /** Returns the costs of a replica. */
    public CostModel of(ReplicaRef replica) {
        return of(replica.figures());
    }

    public CostModel of(ReplicaFigures figures) {
        return byKind.getOrDefault(figures.kind(), figures.costs());
    }
}
