package org.dlora.scheduling.dispatch;

import java.util.List;

/** Rule that chooses the replica of a request. It depends on the values given alone. */
public interface DispatchRule {
    /** Returns the choice for {@code request} among {@code replicas}, whose ids differ. */
    DispatchDecision choose(DispatchRequest request, List<ReplicaOutlook> replicas);

    /** Returns the policy that the rule implements. */
    DispatchPolicy policy();

    /**
     * Returns why a replica was chosen or not, as a sentence without its subject and full stop.
     *
     * @param prospect of the replica, one of those of {@code decision}
     * @param decision by this rule
     */
    String reason(Prospect prospect, DispatchDecision decision);
}
