console.log("truth: not compared yet");
