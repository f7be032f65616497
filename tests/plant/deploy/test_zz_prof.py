import cProfile, pstats, io
import pytest
def test_prof(at_home, deployed, tmp_path):
    from dure.plant.deploy import Scorer
    import time
    START=1_700_000_000*10**9
    s=Scorer(at_home.historian, tmp_path/'scored')
    s.tick(START+60*10**9)
    pr=cProfile.Profile(); pr.enable(); t0=time.time(); c0=time.process_time()
    for k in range(60,760): s.tick(START+k*10**9)
    pr.disable(); print('wall/tick',(time.time()-t0)/700,'cpu',(time.process_time()-c0)/700)
    o=io.StringIO(); pstats.Stats(pr,stream=o).sort_stats('cumtime').print_stats(45); print(o.getvalue())
    s.close()
