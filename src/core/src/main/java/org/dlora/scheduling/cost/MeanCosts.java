package org.dlora.scheduling.cost;

import java.util.List;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;

/**
 * Mean of the predictions of several cost models. Replicas that are equally fast learn different
 * costs, as load on the host comes and goes; an idle one learns nothing. Compared by the mean, they
 * differ in their work alone.
 */
public final class MeanCosts implements CostModel {
    private final List<CostModel> models;

    private MeanCosts(List<CostModel> models) {
        this.models = models;
    }

    /** Returns the mean of models; {@link CostModel#UNCALIBRATED} if one of them is, or of none. */
    public static CostModel of(List<CostModel> models) {
        if (models.isEmpty() || models.contains(CostModel.UNCALIBRATED)) {
            return CostModel.UNCALIBRATED;
        }
        return models.size() == 1 ? models.getFirst() : new MeanCosts(List.copyOf(models));
    }

    @Override
    public double step(StepShape shape) {
        double sum = 0;
        for (var model : models) {
            sum += model.step(shape);
        }
        return sum / models.size();
    }

    @Override
    public double merge(LoraFacts adapter) {
        double sum = 0;
        for (var model : models) {
            sum += model.merge(adapter);
        }
        return sum / models.size();
    }
}
