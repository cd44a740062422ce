package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RectanglesTest {
    @Property
    void coverEachUnitOfARunOnceAndNoOther(
            @ForAll @IntRange(max = 9) int tiles,
            @ForAll @IntRange(max = 9) int blocks,
            @ForAll @IntRange(max = 100) int a,
            @ForAll @IntRange(max = 100) int b) {
        var rectangles = new Rectangles(tiles, blocks);
        int from = Math.min(Math.min(a, b), rectangles.units());
        int to = Math.min(Math.max(a, b), rectangles.units());
        var times = new int[rectangles.units()];
        rectangles.each(
                from,
                to,
                (fromTile, toTile, fromBlock, toBlock) -> {
                    for (int tile = fromTile; tile < toTile; tile++) {
                        for (int block = fromBlock; block < toBlock; block++) {
                            times[tile * blocks + block]++;
                        }
                    }
                });
        for (int unit = 0; unit < times.length; unit++) {
            assertThat(times[unit])
                    .as("unit %d", unit)
                    .isEqualTo(unit >= from && unit < to ? 1 : 0);
        }
    }
}
