package org.dlora.console.overview;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The first page of the console. */
@Configuration(proxyBeanMethods = false)
@Import(OverviewController.class)
public class OverviewPages {}
