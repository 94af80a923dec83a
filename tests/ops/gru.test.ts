import { gru } from "../../codegen/ops/gru.ts";
import { testRecurrent } from "./recurrent_networks.ts";

describe("gru", () => {
  testRecurrent("gru", gru);
});
